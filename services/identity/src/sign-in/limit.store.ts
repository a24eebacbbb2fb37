/** Wrong passwords, counted. */
import type { Tx } from '@regie/store';
import type { Failures } from './limit.ts';

/** @param attempt see `attemptKey` */
export async function readFailures(tx: Tx, attempt: Buffer): Promise<Failures | null> {
  const [row] = await tx.query<Failures>('select count, last_at as "lastAt" from sign_in_failures where attempt = $1', [attempt]);
  return row && row.count > 0 ? row : null;
}

/** Locks the count, so that of many tries at once each is counted. A first one makes the row it locks. */
export async function lockFailures(tx: Tx, attempt: Buffer): Promise<Failures | null> {
  await tx.query('insert into sign_in_failures (attempt, count, last_at) values ($1, 0, now()) on conflict do nothing', [attempt]);
  const [row] = await tx.query<Failures>('select count, last_at as "lastAt" from sign_in_failures where attempt = $1 for update', [attempt]);
  return row && row.count > 0 ? row : null;
}

export async function saveFailures(tx: Tx, attempt: Buffer, { count, lastAt }: Failures): Promise<void> {
  await tx.query(
    'insert into sign_in_failures (attempt, count, last_at) values ($1, $2, $3) on conflict (attempt) do update set count = excluded.count, last_at = excluded.last_at',
    [attempt, count, lastAt]);
}

export async function forgetFailures(tx: Tx, attempt: Buffer): Promise<void> {
  await tx.query('delete from sign_in_failures where attempt = $1', [attempt]);
}
