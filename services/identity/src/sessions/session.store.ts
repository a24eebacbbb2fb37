/** Sessions in the database. */
import type { Refusal, StateOf, identity } from '@regie/contracts';
import { listRows, type Rows, type Tx } from '@regie/store';
import type { Scope } from '../scope.store.ts';
import { familyLife, idleLife, type Session } from './session.ts';

const columns = `id, created_at as "createdAt", last_seen_at as "lastSeenAt", ip, user_agent as "userAgent", ended_at as "endedAt"`;

export type Reason = StateOf<typeof identity.facts.sessionEnded>['reason'];
export interface Ended { readonly id: string; readonly version: number }
interface Origin { readonly ip: string; readonly userAgent: string }

export async function insertSession(tx: Tx, { companyId, personId }: Scope, id: string, at: Date, { ip, userAgent }: Origin): Promise<void> {
  await tx.query(
    'insert into session (id, company_id, person_id, version, ip, user_agent, created_at, last_seen_at) values ($1, $2, $3, 1, $4, $5, $6, $6)',
    [id, companyId, personId, ip, userAgent, at]);
}

/** Locks the family: of several refreshes at once each sees what the one before did. */
export async function lockSession(tx: Tx, { companyId, personId }: Scope, id: string): Promise<Session> {
  const [session] = await tx.query<Session>(
    `select ${columns} from session where company_id is not distinct from $1 and person_id = $2 and id = $3 for no key update`, [companyId, personId, id]);
  return session!;
}

export async function noteSeen(tx: Tx, { companyId, personId }: Scope, id: string, at: Date, { ip, userAgent }: Origin): Promise<void> {
  await tx.query('update session set last_seen_at = $4, ip = $5, user_agent = $6 where company_id is not distinct from $1 and person_id = $2 and id = $3',
    [companyId, personId, id, at, ip, userAgent]);
}

/**
 * Ends a person's sessions: the one named, or all but the one named, or all.
 * @returns those that were open until now
 */
export async function endSessions(tx: Tx, { companyId, personId }: Scope, which: { only?: string; but?: string | null }, reason: Reason, at: Date): Promise<Ended[]> {
  return tx.query<Ended>(
    `update session set version = version + 1, ended_at = $3, ended_because = $4
     where company_id is not distinct from $1 and person_id = $2 and ended_at is null and ($5::uuid is null or id = $5) and ($6::uuid is null or id <> $6) returning id, version`,
    [companyId, personId, at, reason, which.only ?? null, which.but ?? null]);
}

/** Is it one of this person's, ended or not? */
export const ownsSession = async (tx: Tx, { companyId, personId }: Scope, id: string): Promise<boolean> =>
  (await tx.query('select 1 from session where company_id is not distinct from $1 and person_id = $2 and id = $3', [companyId, personId, id])).length > 0;

/** Sessions that can still be refreshed, as `isLive` says. */
export const listLiveSessions = (tx: Tx, { companyId, personId }: Scope, now: Date, { limit, cursor }: {
  limit?: number | undefined; cursor?: string | undefined;
}): Promise<Rows<Session> | Refusal<'request.cursor-invalid'>> =>
  listRows<Session>(tx, {
    columns, from: 'session', sort: { column: 'created_at', type: 'timestamptz', descending: true }, limit, cursor,
    where: [
      ['company_id is not distinct from ?::uuid', companyId], ['person_id = ?', personId], ['ended_at is null'],
      ['created_at > ?', new Date(now.getTime() - familyLife)], ['last_seen_at > ?', new Date(now.getTime() - idleLife)],
    ],
  });
