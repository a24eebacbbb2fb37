/** Access ends: it is told at once, and the gateway may ask what ended lately. */
import { identity, type Tell } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import type { Tx } from '@regie/store';
import type { Scope } from '../scope.store.ts';
import { instant } from '../scope.store.ts';
import { endSessions, type Ended, type Reason } from '../sessions/session.store.ts';
import { insertEndedAccess, recentlyEnded } from './access.store.ts';

const { accessChanged, sessionEnded } = identity.facts;

export const accessOperations = {
  async recentAccessChanges(_input, { tx, now }) {
    return { items: await recentlyEnded(tx, now) };
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>;

/** Tokens given until now are no longer good: of one session, or of all the person has. Under the person's or the session's lock. */
export async function endTokens(tx: Tx, tell: Tell<typeof accessChanged>, scope: Scope, sessionId: string | null): Promise<void> {
  const state = await insertEndedAccess(tx, scope, sessionId, await instant(tx));
  tell(accessChanged, state, { version: 1 });
}

/** Ends sessions, and tells it of each. `only` one, all `but` one, or all. */
export async function endAndTell(
  tx: Tx, tell: Tell<typeof sessionEnded | typeof accessChanged>, scope: Scope, which: { only?: string; but?: string | null }, reason: Reason,
): Promise<readonly Ended[]> {
  const ended = await endSessions(tx, scope, which, reason, await instant(tx));
  for (const { id, version } of ended) tell(sessionEnded, { id, userId: scope.personId, reason }, { version });
  const all = which.only === undefined && (which.but ?? null) === null;
  if (all) await endTokens(tx, tell, scope, null);
  else for (const { id } of ended) await endTokens(tx, tell, scope, id);
  return ended;
}
