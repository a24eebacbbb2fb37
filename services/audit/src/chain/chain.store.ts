/** The chain of blocks in MongoDB. Whoever inserts the next number first has written it; the other looks again. */
import { sha256 } from '../hash.ts';
import type { Mongo } from '../database.ts';
import type { EntryRow } from '../trail/entry.ts';
import { beginning, nextBlock, type BlockRow, type Head, type Line } from './block.ts';

export interface Chain {
  /**
   * Closes these entries into a block, unless they are in one.
   * @param fresh none of them was known before this call: then none can be in a block that this writer has not seen
   */
  close(lines: readonly Line[], options: { fresh: boolean }): Promise<void>;
  /** Closes what a writer that died has inserted and put in no block. Returns how many entries that were. */
  closeOrphans(now: Date): Promise<number>;
}

const duplicate = 11000;
/** Marks lag behind by this much: clocks of replicas differ, and what another one has in hand is its own to close. */
const slackMs = 5 * 60_000;

/** Those of the lines that are in no block. */
export async function notInBlock(mongo: Mongo, lines: readonly Line[]): Promise<Line[]> {
  const ids = lines.map(({ id }) => id);
  const blocks = await mongo.blocks.find({ 'entries.id': { $in: ids } }, { projection: { 'entries.id': 1 } }).toArray();
  const closed = new Set(blocks.flatMap(({ entries }) => entries.map(({ id }) => id)));
  return lines.filter(({ id }) => !closed.has(id));
}

export const lineOf = ({ _id, companyId, leaf }: Pick<EntryRow, '_id' | 'companyId' | 'leaf'>): Line => ({ id: _id, companyId, leaf });

/** @param closed hears of each block: logged, its hash is a witness outside MongoDB */
export function openChain(mongo: Mongo, closed: (block: BlockRow) => void = () => undefined): Chain {
  /** The head as this writer knows it; undefined when it must look. */
  let known: Head | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  /** Both listeners of a process write; one after the other they never collide with each other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const head = async (): Promise<Head> => {
    const last = await mongo.blocks.findOne({}, { sort: { _id: -1 }, projection: { hash: 1 } });
    return last ? { n: last._id, hash: last.hash } : beginning;
  };

  const append = async (lines: readonly Line[], fresh: boolean): Promise<void> => {
    const once = [...new Map(lines.map((line) => [line.id, line])).values()];
    let looked = fresh && known !== undefined;
    for (;;) {
      const from: Head = (known ??= await head());
      // The head first, then what is closed: a block that came between makes the insert collide, and all is looked at again.
      const open = looked ? once : await notInBlock(mongo, once);
      if (open.length === 0) return;
      const block = nextBlock(from, open, new Date(), sha256);
      try {
        await mongo.blocks.insertOne(block);
        known = { n: block._id, hash: block.hash };
        closed(block);
        return;
      } catch (error) {
        // Whatever happened, what is known of the head may be wrong now.
        known = undefined;
        looked = false;
        if ((error as { code?: unknown }).code !== duplicate) throw error;
      }
    }
  };

  return {
    close: (lines, { fresh }) => (lines.length === 0 ? Promise.resolve() : inTurn(() => append(lines, fresh))),
    async closeOrphans(now) {
      const mark = await mongo.marks.findOne({ _id: 'closed' });
      let found = 0;
      let chunk: Line[] = [];
      const flush = async () => {
        const open = await notInBlock(mongo, chunk);
        chunk = [];
        found += open.length;
        if (open.length > 0) await inTurn(() => append(open, false));
      };
      // Backwards in the order they were put in, which needs no index; on a clock that is slow an entry stands after some that seem younger.
      const enough = mark === null ? -Infinity : mark.at.getTime() - slackMs;
      for await (const row of mongo.entries.find({}, { projection: { companyId: 1, leaf: 1, recordedAt: 1 } }).hint({ $natural: -1 })) {
        if (row.recordedAt.getTime() < enough) break;
        chunk.push(lineOf(row));
        if (chunk.length === 500) await flush();
      }
      if (chunk.length > 0) await flush();
      await mongo.marks.updateOne({ _id: 'closed' }, { $set: { at: new Date(now.getTime() - slackMs) } }, { upsert: true });
      return found;
    },
  };
}
