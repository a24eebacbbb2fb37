/** Facts that came under the id of another one. */
import type { Mongo } from '../database.ts';
import type { BlockEntry } from './entry.ts';

/** Keeps it aside once, however often it comes; what is in the trail stays. */
export async function keepConflict(
  { conflicts }: Mongo, { id, companyId, action, at, leaf, text }: Omit<BlockEntry, 'terms'> & { readonly action: string }, now: Date,
): Promise<void> {
  await conflicts.updateOne({ _id: `${id}:${leaf}` }, { $setOnInsert: { factId: id, companyId, action, at, leaf, text, recordedAt: now } }, { upsert: true });
}
