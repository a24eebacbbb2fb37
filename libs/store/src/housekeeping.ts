/** What grows is cut back: by whoever leads the relay, once an hour, in small bites. */
import type { Client } from 'pg';

/** Remembered answers live seven days; longer than any client repeats a request. */
const idempotencyDays = 7;
/** The streams keep a message 30 days: after that it cannot be heard again. */
const inboxDays = 31;

export const housekeepingMs = 60 * 60 * 1_000;

/** Makes the partitions of the next days and forgets what nobody can ask for any more. The outbox itself is never cut here. */
export async function keepHouse(client: Client): Promise<void> {
  await client.query('select outbox_prepare()');
  await client.query(`delete from idempotency where (company_id, user_id, operation, key) in
    (select company_id, user_id, operation, key from idempotency where created_at < now() - interval '${idempotencyDays} days' limit 10000)`);
  await client.query(`delete from inbox where (consumer, message_id) in
    (select consumer, message_id from inbox where handled_at < now() - interval '${inboxDays} days' limit 10000)`);
}
