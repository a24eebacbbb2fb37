/** Effects once: the message's id is written in the transaction of its effect. */
import type { Unreadable } from '@regie/bus';
import type { Database } from './database.ts';
import type { Tx } from './transact.ts';

/**
 * Notes messages as handled, in this transaction.
 * @returns the ids that are new; the others had their effect before
 */
export async function firstTime(tx: Tx, consumer: string, messageIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ message_id: string }>(
    {
      name: 'inbox-first',
      text: 'insert into inbox (consumer, message_id) select $1, id from unnest($2::uuid[]) id on conflict do nothing returning message_id',
    },
    [consumer, messageIds]);
  return new Set(rows.map(({ message_id }) => message_id));
}

/** Keeps what could not be read, for `npx regie quarantine`. */
export async function quarantine(db: Database, { stream, consumer, streamSequence, wireSubject, bytes, reason }: Unreadable): Promise<void> {
  await db.source.query(
    `insert into quarantine (stream, consumer, stream_sequence, subject, bytes, reason) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [stream, consumer, streamSequence, wireSubject, Buffer.from(bytes), reason]);
}
