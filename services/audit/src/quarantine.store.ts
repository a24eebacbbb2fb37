/** Messages that could not be read, for `npx regie quarantine`. */
import type { Unreadable } from '@regie/bus';
import type { Mongo } from './database.ts';

/** Keeps it once, however often it comes. */
export async function quarantine({ quarantine: kept }: Mongo, { stream, consumer, streamSequence, wireSubject, bytes, reason }: Unreadable, now: Date): Promise<void> {
  await kept.updateOne({ _id: `${stream}-${consumer}-${streamSequence}` },
    { $setOnInsert: { stream, consumer, streamSequence, subject: wireSubject, bytes, reason, quarantinedAt: now, replayedAt: null } }, { upsert: true });
}
