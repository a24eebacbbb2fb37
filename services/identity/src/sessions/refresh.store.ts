/** Refresh tokens in the database: their hashes, and for ten seconds the sealed successor. */
import { asPlatform, type Tx } from '@regie/store';
import type { Scope } from '../scope.store.ts';
import { forgiveness, type RefreshToken } from './session.ts';

export interface Found extends Scope { readonly sessionId: string }
export interface KeptToken extends RefreshToken { readonly sealed: Buffer | null }

/** From a token's hash to whose it is, before anything else is known of who asks. */
export const findToken = (tx: Tx, hash: Buffer): Promise<Found | undefined> => asPlatform(tx, 'identity', async () => {
  const [found] = await tx.query<Found>('select company_id as "companyId", person_id as "personId", session_id as "sessionId" from refresh_token where hash = $1', [hash]);
  return found;
});

/** To be read under the session's lock. */
export async function readToken(tx: Tx, { companyId, sessionId }: Found, hash: Buffer): Promise<KeptToken> {
  const [token] = await tx.query<KeptToken>(
    `select token.issued_at as "issuedAt", token.used_at as "usedAt",
     coalesce(next.used_at is not null, false) as "successorUsed", forgiven.hash is not null as "successorKept", forgiven.sealed
     from refresh_token token
       left join refresh_token next on next.hash = token.successor and next.session_id = token.session_id
       left join forgiven_refresh forgiven on forgiven.hash = token.hash
     where token.company_id is not distinct from $1 and token.session_id = $2 and token.hash = $3`, [companyId, sessionId, hash]);
  return token!;
}

export async function insertToken(tx: Tx, { companyId, personId, sessionId }: Found, hash: Buffer, at: Date): Promise<void> {
  await tx.query('insert into refresh_token (hash, company_id, person_id, session_id, issued_at) values ($1, $2, $3, $4, $5)', [hash, companyId, personId, sessionId, at]);
}

/** The token is used: its successor is noted, and kept sealed for as long as the exchange is forgiven. */
export async function useToken(tx: Tx, { companyId, sessionId }: Found, hash: Buffer, successor: { hash: Buffer; sealed: Buffer }, at: Date): Promise<void> {
  await tx.query('update refresh_token set used_at = $4, successor = $5 where company_id is not distinct from $1 and session_id = $2 and hash = $3',
    [companyId, sessionId, hash, at, successor.hash]);
  await tx.query('insert into forgiven_refresh (hash, sealed, until) values ($1, $2, $3)', [hash, successor.sealed, new Date(at.getTime() + forgiveness)]);
}

/** Deletes sealed successors whose time is up, and families nobody can use any more. */
export async function forgetOld(tx: Tx): Promise<void> {
  await tx.query('delete from forgiven_refresh where until < now()');
  await tx.query(`delete from sign_in_failures where last_at < now() - interval '1 day'`);
  await asPlatform(tx, 'identity', async () => {
    await tx.query(`delete from ended_access where not_before < now() - interval '1 hour'`);
    await tx.query(`delete from session where created_at < now() - interval '31 days'`);
  });
}
