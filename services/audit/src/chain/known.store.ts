/** What is kept under ids that came again. */
import type { Mongo } from '../database.ts';
import { sha256 } from '../hash.ts';
import { textsIn } from '../packed.ts';
import type { BlockEntry } from '../trail/entry.ts';
import { broughtOver } from '../trail/former.ts';

/** An entry that is kept. */
export interface Known extends Pick<BlockEntry, 'id' | 'companyId' | 'leaf' | 'text'> {
  /** An earlier version closed it into a block and it is not brought over yet. */
  readonly former: boolean;
}

/** Those of the ids that are in a block, by id; with no text where it cannot be read. */
export async function knownEntries(mongo: Mongo, ids: readonly string[]): Promise<Map<string, Known>> {
  const wanted = new Set(ids);
  const known = new Map<string, Known>();
  const formerly: string[] = [];
  for await (const { companyId, entries, body } of mongo.blocks.find({ 'entries.id': { $in: [...wanted] } }, { projection: { companyId: 1, entries: 1, body: 1 } }).batchSize(20)) {
    const own = entries.map(({ id, leaf }, index) => ({ id, leaf, index })).filter(({ id }) => wanted.has(id));
    if ((companyId as string | undefined) === undefined) { formerly.push(...own.map(({ id }) => id)); continue; }
    // What is told again must not wait for a block that somebody altered. Verifying says that it was.
    const texts = textsIn(body) ?? [];
    for (const { id, leaf, index } of own) known.set(id, { id, companyId, leaf, text: texts[index] ?? '', former: false });
  }
  if (formerly.length === 0) return known;
  for await (const row of mongo.former.entries.find({ _id: { $in: formerly } })) known.set(row._id, { ...broughtOver(row, sha256), former: true });
  return known;
}
