/** The chain and the entries of an earlier version, whose entries were documents of their own beside blocks of several companies. */
import type { Mongo } from '../database.ts';
import { sha256 } from '../hash.ts';
import { keepConflict } from '../trail/conflict.store.ts';
import { keptEntryOf } from '../trail/entry.ts';
import { broughtOver } from '../trail/former.ts';
import type { Line } from './block.ts';
import type { Chain } from './chain.store.ts';
import { knownEntries } from './known.store.ts';

/** Entries brought over in one step. */
const stepSize = 1_000;

/**
 * Brings a trail that an earlier version kept up to date: its entries go into new blocks at the end of the chain, and are then taken from where they were; its
 * blocks keep their place, their hash and the lines it was made over. Can be broken off and repeated at any point, and beside processes of both versions.
 * Returns how many entries it brought over.
 */
export async function bringOver(mongo: Mongo, chain: Chain, now: Date): Promise<number> {
  let brought = 0;
  for (;;) {
    const rows = await mongo.former.entries.find({}).sort({ _id: 1 }).limit(stepSize).toArray();
    if (rows.length === 0) return brought;
    // First of all their blocks give up the ids, which stand in one block only.
    if (brought === 0) await renameLines(mongo);
    const { known } = await chain.append(rows.map((row) => broughtOver(row, sha256)));
    const waiting = new Set<string>();
    for (const [row, kept] of known) {
      // A process of the earlier version has just closed it.
      if (kept.former === true) waiting.add(row.id);
      else if (kept.leaf !== row.leaf) await keepConflict(mongo, { ...row, action: keptEntryOf(row.text).action }, now);
    }
    const done = rows.filter(({ _id }) => !waiting.has(_id)).map(({ _id }) => _id);
    await mongo.former.entries.deleteMany({ _id: { $in: done } });
    brought += done.length;
    if (waiting.size > 0 && await renameLines(mongo) === 0 && done.length === 0) {
      throw new Error(`the block of these entries keeps their ids: ${[...waiting].slice(0, 3).join(', ')}`);
    }
  }
}

/**
 * The lines of former blocks stand under a name of their own: what `entries` names is in the block. There they leave a name of no entry: the index of ids,
 * unique, takes no second block without any. Returns of how many blocks.
 */
async function renameLines({ former }: Mongo): Promise<number> {
  let renamed = 0;
  for await (const { _id, hash, entries } of former.blocks.find({ companyId: { $exists: false }, lines: { $exists: false } }, { projection: { entries: 1, hash: 1 } })) {
    await former.blocks.updateOne({ _id, lines: { $exists: false } }, { $set: { lines: (entries ?? []) as Line[], entries: [{ id: `lines of ${hash}` }] } });
    renamed++;
  }
  return renamed;
}

/** The first entry of a former block that is gone or not what it was; else how many of its entries are not brought over yet and were hashed here. */
export async function firstFormerFault(mongo: Mongo, lines: readonly Line[]): Promise<{ readonly id: string; readonly reason: string } | { readonly checked: number }> {
  if (lines.length === 0) return { checked: 0 };
  // Those that wait are read first: what is brought over between the two is found in its block.
  const ids = lines.map(({ id }) => id);
  const waiting = new Map((await mongo.former.entries.find({ _id: { $in: ids } }).toArray()).map((row) => [row._id, broughtOver(row, sha256)]));
  const known = await knownEntries(mongo, ids);
  for (const { id, companyId, leaf } of lines) {
    const entry = known.get(id) ?? waiting.get(id);
    if (!entry) return { id, reason: 'the entry is gone' };
    if (entry.leaf !== leaf || entry.companyId !== companyId) return { id, reason: 'the entry was changed' };
  }
  return { checked: lines.filter(({ id }) => known.get(id)?.former ?? waiting.has(id)).length };
}
