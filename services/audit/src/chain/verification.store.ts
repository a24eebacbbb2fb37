/** Goes through the whole chain and through the entries of one company, or of all. */
import { sha256 } from '../hash.ts';
import type { Mongo } from '../database.ts';
import { leafText } from '../trail/entry.ts';
import { beginning, blockFault, type Head, type Line } from './block.ts';
import { lineOf, notInBlock } from './chain.store.ts';

export interface Verdict {
  readonly ok: boolean;
  /** Entries whose content was hashed again. */
  readonly checked: number;
  /** The end of the chain: `root` stands for this block and all before it. Kept elsewhere it shows whether the whole was written anew. */
  readonly checkpoint: { readonly n: number; readonly root: string; readonly at: string } | null;
  /** `block` is 0 for an entry that is in none. */
  readonly firstBad: { readonly block: number; readonly entryId: string | null; readonly reason: string } | null;
}

export interface Verifying {
  /** Whose entries; undefined: everybody's. */
  readonly companyId?: string | undefined;
  /** A checkpoint somebody kept. */
  readonly earlier?: { readonly n: number; readonly root: string } | undefined;
  readonly now: Date;
}

/** An entry that young may still be on its way into its block. */
const patienceMs = 60_000;

export async function verifyChain(mongo: Mongo, { companyId, earlier, now }: Verifying): Promise<Verdict> {
  let head: Head = beginning;
  let at: Date | undefined;
  let checked = 0;
  const checkpoint = () => (at === undefined ? null : { n: head.n, root: head.hash, at: at.toISOString() });
  const bad = (block: number, entryId: string | null, reason: string): Verdict => ({ ok: false, checked, checkpoint: checkpoint(), firstBad: { block, entryId, reason } });

  for await (const block of mongo.blocks.find({}).sort({ _id: 1 }).batchSize(200)) {
    const fault = blockFault(head, block, sha256);
    if (fault) return bad(head.n + 1, null, fault);
    if (earlier?.n === block._id && earlier.root !== block.hash) return bad(block._id, null, 'is not the block of the earlier checkpoint');
    const mine = block.entries.filter((line) => companyId === undefined || line.companyId === companyId);
    const wrong = await firstWrong(mongo, mine);
    if (wrong) return bad(block._id, wrong.id, wrong.reason);
    checked += mine.length;
    head = { n: block._id, hash: block.hash };
    at = block.at;
  }
  if (earlier && earlier.n > head.n) return bad(head.n + 1, null, 'the chain ends before the earlier checkpoint');

  const stray = await firstStray(mongo, companyId, checked, now);
  return stray === undefined ? { ok: true, checked, checkpoint: checkpoint(), firstBad: null } : bad(0, stray, 'the entry is in no block');
}

/** The first of a block's entries that is gone or not what it was. */
async function firstWrong(mongo: Mongo, lines: readonly Line[]): Promise<{ id: string; reason: string } | undefined> {
  if (lines.length === 0) return undefined;
  const rows = new Map((await mongo.entries.find({ _id: { $in: lines.map(({ id }) => id) } }).toArray()).map((row) => [row._id, row]));
  for (const { id, leaf } of lines) {
    const row = rows.get(id);
    if (!row) return { id, reason: 'the entry is gone' };
    if (leaf !== sha256(leafText(row))) return { id, reason: 'the entry was changed' };
  }
  return undefined;
}

/** An entry that no block names. Looked for only where there are more entries than the blocks name. */
async function firstStray(mongo: Mongo, companyId: string | undefined, named: number, now: Date): Promise<string | undefined> {
  const filter = companyId === undefined ? {} : { companyId };
  if ((await mongo.entries.countDocuments(filter)) <= named) return undefined;
  let chunk: { _id: string; companyId: string; leaf: string; recordedAt: Date }[] = [];
  const search = async (): Promise<string | undefined> => {
    const open = new Set((await notInBlock(mongo, chunk.map(lineOf))).map(({ id }) => id));
    const stray = chunk.find(({ _id, recordedAt }) => open.has(_id) && Math.abs(now.getTime() - recordedAt.getTime()) > patienceMs);
    chunk = [];
    return stray?._id;
  };
  for await (const row of mongo.entries.find(filter, { projection: { companyId: 1, leaf: 1, recordedAt: 1 } })) {
    chunk.push(row);
    if (chunk.length < 500) continue;
    const stray = await search();
    if (stray !== undefined) return stray;
  }
  return chunk.length > 0 ? search() : undefined;
}
