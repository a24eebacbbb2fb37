/** The chain of blocks in MongoDB. Whoever inserts the next number first has written it; the other looks again. */
import { Binary, MongoBulkWriteError } from 'mongodb';
import { sha256 } from '../hash.ts';
import { idTaken, type BlockRow, type Mongo } from '../database.ts';
import { packed } from '../packed.ts';
import type { BlockEntry } from '../trail/entry.ts';
import { pagesOf, termsOfAll } from '../trail/page.ts';
import { beginning, merkleRoot, nextLink, type Head } from './block.ts';
import { knownEntries, type Known } from './known.store.ts';

export interface Recorded<One> {
  /** Not known before. */
  readonly fresh: readonly One[];
  /** Known already, each with what is kept under its id. */
  readonly known: readonly (readonly [One, Omit<Known, 'former'> & Partial<Pick<Known, 'former'>>])[];
}

export interface Chain {
  /**
   * Keeps what is new, each company's in blocks of its own, at the end of the chain. Any of them may have been kept before, and be twice among these.
   * When it returns, each is in exactly one block; when it throws, some of them may be, and all of it can be repeated.
   */
  append<One extends BlockEntry>(entries: readonly One[]): Promise<Recorded<One>>;
}

/** All of a block but its place in the chain. */
type Page = Omit<BlockRow, '_id' | 'prev' | 'at' | 'hash'>;

const pageOf = (entries: readonly BlockEntry[]): Page => {
  const [{ companyId, at: from }, { at: to }] = [entries[0]!, entries.at(-1)!];
  return {
    root: merkleRoot(entries, sha256), companyId, from, to, terms: termsOfAll(entries), entries: entries.map(({ id, leaf }) => ({ id, leaf })),
    body: new Binary(packed(entries.map(({ text }) => text))),
  };
};

const prepare = <One extends BlockEntry>(entries: readonly One[]) => pagesOf(entries).map((page) => [page, pageOf(page)] as const);

/** @param closed hears of each block: logged, its hash is a witness outside MongoDB */
export function openChain(mongo: Mongo, closed: (block: BlockRow) => void = () => undefined): Chain {
  /** The head as this writer knows it; undefined when it must look. */
  let head: Head | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  /** What a process hears beside each other is written one after the other: it never collides with itself. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const look = async (): Promise<Head> => {
    const last = await mongo.blocks.findOne({}, { sort: { _id: -1 }, projection: { hash: 1 } });
    return last ? { n: last._id, hash: last.hash } : beginning;
  };

  /** Inserts the pages in their order, so that no block is without the one before it. Returns how many it could before somebody else's stood in the way. */
  const insert = async (pages: readonly Page[], from: Head): Promise<number> => {
    const at = new Date();
    let end = from;
    const blocks = pages.map((page): BlockRow => {
      const block = { ...page, ...nextLink(end, page.root, at, sha256) };
      end = { n: block._id, hash: block.hash };
      return block;
    });
    let written = blocks.length;
    try {
      // Whatever happens, what is known of the head may be wrong from here.
      head = undefined;
      await mongo.blocks.insertMany(blocks, { ordered: true });
      head = end;
    } catch (error) {
      // A majority that did not confirm, or any other fault, leaves all of it to be repeated.
      if (!(error instanceof MongoBulkWriteError) || error.code !== idTaken || error.result.getWriteConcernError()) throw error;
      written = error.insertedCount;
    }
    for (const block of blocks.slice(0, written)) closed(block);
    return written;
  };

  const append = async <One extends BlockEntry>(once: readonly One[], prepared: readonly (readonly [readonly One[], Page])[]): Promise<Recorded<One>> => {
    const known: (readonly [One, Known])[] = [];
    const written = new Set<One>();
    let [open, pages] = [once, prepared];
    while (open.length > 0) {
      const from = head ??= await look();
      const count = await insert(pages.map(([, page]) => page), from);
      for (const entry of pages.slice(0, count).flatMap(([entries]) => entries)) written.add(entry);
      if (count === pages.length) break;
      // Another writer was quicker, or some of it was kept before: by now it can be read which.
      head = await look();
      const rest = open.filter((entry) => !written.has(entry));
      const kept = await knownEntries(mongo, rest.map(({ id }) => id));
      for (const entry of rest) { const other = kept.get(entry.id); if (other) known.push([entry, other]); }
      // Inserted by another writer and not yet on a majority: tried again, when it is.
      if (kept.size === 0 && count === 0 && head.n === from.n) throw new Error('a block that exists cannot be read yet');
      open = rest.filter(({ id }) => !kept.has(id));
      pages = kept.size === 0 ? pages.slice(count) : prepare(open);
    }
    return { fresh: once.filter((entry) => written.has(entry)), known };
  };

  return {
    async append(entries) {
      const first = new Map<string, (typeof entries)[number]>();
      for (const entry of entries) if (!first.has(entry.id)) first.set(entry.id, entry);
      const once = [...first.values()];
      // What is new is made ready while another part is written.
      const pages = prepare(once);
      const { fresh, known } = await inTurn(() => append(once, pages));
      const twice = entries.filter((entry) => first.get(entry.id) !== entry).map((entry) => [entry, first.get(entry.id)!] as const);
      return { fresh, known: [...known, ...twice] };
    },
  };
}
