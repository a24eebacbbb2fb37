/** Goes through the whole chain and through the entries of one company, or of all. */
import { sha256 } from '../hash.ts';
import type { Mongo } from '../database.ts';
import { leafText, type EntryRow } from '../trail/entry.ts';
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

/** Entries looked at in one pass over the trail: some twenty megabytes of ids and hashes. */
const passSize = 20_000;
/** An entry that young may still be on its way into its block. */
const patienceMs = 60_000;

export async function verifyChain(mongo: Mongo, { companyId, earlier, now }: Verifying): Promise<Verdict> {
  let head: Head = beginning;
  let at: Date | undefined;
  let checked = 0;
  const checkpoint = () => (at === undefined ? null : { n: head.n, root: head.hash, at: at.toISOString() });
  const bad = (block: number, entryId: string | null, reason: string): Verdict => ({ ok: false, checked, checkpoint: checkpoint(), firstBad: { block, entryId, reason } });

  let pass: Named[] = [];
  const look = async (): Promise<Verdict | undefined> => {
    const wrong = await firstWrong(mongo, companyId, pass);
    if (wrong) return bad(wrong.block, wrong.id, wrong.reason);
    checked += pass.length;
    pass = [];
    return undefined;
  };
  for await (const block of mongo.blocks.find({}).sort({ _id: 1 }).batchSize(200)) {
    const fault = blockFault(head, block, sha256) ?? (earlier?.n === block._id && earlier.root !== block.hash ? 'is not the block of the earlier checkpoint' : null);
    // What was named before this block comes first.
    if (fault) return (await look()) ?? bad(head.n + 1, null, fault);
    for (const line of block.entries) if (companyId === undefined || line.companyId === companyId) pass.push({ ...line, block: block._id });
    const wrong = pass.length >= passSize ? await look() : undefined;
    if (wrong) return wrong;
    head = { n: block._id, hash: block.hash };
    at = block.at;
  }
  const wrong = await look();
  if (wrong) return wrong;
  if (earlier && earlier.n > head.n) return bad(head.n + 1, null, 'the chain ends before the earlier checkpoint');

  const stray = await firstStray(mongo, companyId, checked, now);
  return stray === undefined ? { ok: true, checked, checkpoint: checkpoint(), firstBad: null } : bad(0, stray, 'the entry is in no block');
}

/** An entry as its block names it. */
interface Named extends Line { readonly block: number }

/**
 * The first entry that is gone or not what it was. Entries of neighbouring blocks are neighbours by their ids, which begin with their time:
 * one walk finds nearly all of them, twenty times faster than asking for each; what it does not meet is asked for.
 */
async function firstWrong(mongo: Mongo, companyId: string | undefined, lines: readonly Named[]): Promise<{ block: number; id: string; reason: string } | undefined> {
  if (lines.length === 0) return undefined;
  const expected = new Map(lines.map(({ id, leaf }) => [id, leaf]));
  const sound = new Map<string, boolean>();
  const meet = (row: EntryRow) => { const leaf = expected.get(row._id); if (leaf !== undefined) sound.set(row._id, leaf === sha256(leafText(row))); };
  const [first, last] = lines.reduce<[string, string]>(([low, high], { id }) => [id < low ? id : low, id > high ? id : high], [lines[0]!.id, lines[0]!.id]);
  const walk = mongo.entries.find({ _id: { $gte: first, $lte: last }, ...(companyId === undefined ? {} : { companyId }) }, { projection: { terms: 0 } });
  // A late message with an old id makes the range wide: the walk ends all the same.
  for await (const row of walk.sort({ _id: 1 }).limit(2 * lines.length).batchSize(1_000)) meet(row);
  const rest = lines.filter(({ id }) => !sound.has(id)).map(({ id }) => id);
  for (let from = 0; from < rest.length; from += 500) {
    for (const row of await mongo.entries.find({ _id: { $in: rest.slice(from, from + 500) } }).toArray()) meet(row);
  }
  const wrong = lines.find(({ id }) => sound.get(id) !== true);
  return wrong && { block: wrong.block, id: wrong.id, reason: sound.has(wrong.id) ? 'the entry was changed' : 'the entry is gone' };
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
