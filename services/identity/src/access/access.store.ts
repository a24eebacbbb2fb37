/** Access that ended, remembered for as long as a token given just before could live. */
import type { EndedAccess, StateOf, identity } from '@regie/contracts';
import { endedAccessMemory } from '@regie/contracts';
import { asPlatform, uuid7, type Tx } from '@regie/store';
import type { Scope } from '../scope.store.ts';

/** @param sessionId null: all the person has */
export async function insertEndedAccess(tx: Tx, { companyId, personId }: Scope, sessionId: string | null, at: Date): Promise<StateOf<typeof identity.facts.accessChanged>> {
  // A Date has cut its microseconds off: a token given in this millisecond was given before.
  const notBefore = new Date(at.getTime() + 1);
  const id = uuid7();
  await tx.query('insert into ended_access (id, company_id, person_id, session_id, not_before) values ($1, $2, $3, $4, $5)', [id, companyId, personId, sessionId, notBefore]);
  return { id, userId: personId, sessionId, notBefore: notBefore.toISOString() };
}

/** Of all companies: for the gateway, which asks for nobody. */
export const recentlyEnded = (tx: Tx, now: Date): Promise<EndedAccess[]> => asPlatform(tx, 'identity', async () => {
  const rows = await tx.query<{ userId: string; sessionId: string | null; notBefore: Date }>(
    'select person_id as "userId", session_id as "sessionId", not_before as "notBefore" from ended_access where not_before > $1',
    [new Date(now.getTime() - endedAccessMemory * 1_000)]);
  return rows.map(({ notBefore, ...who }) => ({ ...who, notBefore: notBefore.toISOString() }));
});
