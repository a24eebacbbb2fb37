/** Signing out, and one's own sessions. */
import { isRefusal, notFound, type identity } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { endAndTell } from '../access/access.operations.ts';
import { readPerson } from '../people/person.store.ts';
import { enter, scopeOf } from '../scope.store.ts';
import { sessionView } from './session.ts';
import { listLiveSessions, ownsSession } from './session.store.ts';

export const sessionOperations = {
  async logout({ all = false }, { caller, tx, tell }) {
    const scope = scopeOf(caller);
    await enter(tx, scope);
    await readPerson(tx, scope, 'update');
    if (all) await endAndTell(tx, tell, scope, {}, 'logout');
    else if (caller.sessionId !== null) await endAndTell(tx, tell, scope, { only: caller.sessionId }, 'logout');
    return null;
  },

  async listSessions({ limit, cursor }, { caller, tx, now }) {
    const scope = scopeOf(caller);
    await enter(tx, scope);
    const page = await listLiveSessions(tx, scope, now, { limit, cursor });
    return isRefusal(page) ? page : { items: page.rows.map((session) => sessionView(session, caller.sessionId)), nextCursor: page.nextCursor };
  },

  async endSession({ id }, { caller, tx, tell }) {
    const scope = scopeOf(caller);
    await enter(tx, scope);
    if (!(await ownsSession(tx, scope, id))) return notFound({ en: 'session', fr: 'session' });
    await readPerson(tx, scope, 'update');
    await endAndTell(tx, tell, scope, { only: id }, 'ended');
    return null;
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>;
