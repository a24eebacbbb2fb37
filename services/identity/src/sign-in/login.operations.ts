/** Signing in: the same work, the same answers and the same waits whether the address is known or not. */
import { identity, isRefusal, notFound } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { uuid7 } from '@regie/store';
import { maySignIn, normalEmail, personView } from '../people/person.ts';
import { findByEmail, noteLogin, readPasswordHash, readPerson, rehashPassword } from '../people/person.store.ts';
import { enter, instant, scopeOf } from '../scope.store.ts';
import { openSession } from '../sessions/tokens.operations.ts';
import { tellAs, type Tools } from '../tools.ts';
import { attemptKey } from './attempt.crypto.ts';
import { accountInactive, credentialsWrong, oneMore, tooManyTries, waitAfter } from './limit.ts';
import { forgetFailures, lockFailures, readFailures, saveFailures } from './limit.store.ts';
import { insertLogin, listLoginsOf, type Outcome } from './login.store.ts';

const { signInAttempted } = identity.facts;

export const loginOperations = (tools: Tools) => ({
  async login({ email, password }, { caller, tx, tell, now }) {
    const { passwords, secret } = tools;
    const address = normalEmail(email);
    const attempt = attemptKey(secret, 'login', address, caller.ip);
    const found = await findByEmail(tx, address);
    if (found) await enter(tx, found);
    const note = async (outcome: Outcome, at: Date, sessionId: string | null = null): Promise<void> => {
      if (!found) return tell(signInAttempted, { id: uuid7(), userId: null, sessionId, outcome }, { version: 1 });
      tellAs(tell, found)(signInAttempted, { id: await insertLogin(tx, found, outcome, at, caller), userId: found.personId, sessionId, outcome }, { version: 1 });
    };
    const limited = async (wait: number, at: Date) => { await note('limited', at); return tooManyTries(wait); };

    const early = waitAfter(await readFailures(tx, attempt), now);
    if (early > 0) return limited(early, now);

    const kept = found ? await readPasswordHash(tx, found) : null;
    const right = await passwords.verify(kept, password);

    // Counted under a lock and judged again: of many tries at once no more are answered than one after the other.
    const failures = await lockFailures(tx, attempt);
    const at = await instant(tx);
    const wait = waitAfter(failures, at);
    if (wait > 0) return limited(wait, at);
    if (!right || !found) {
      await saveFailures(tx, attempt, oneMore(failures, at));
      await note('wrong_password', at);
      return credentialsWrong();
    }
    await forgetFailures(tx, attempt);

    // Locked and read again: it may have been deactivated, or have another password, since.
    const person = await readPerson(tx, found, 'update');
    if (!person || person.archivedAt || (await readPasswordHash(tx, found)) !== kept) return credentialsWrong();
    if (!maySignIn(person)) {
      await note('inactive', at);
      return accountInactive();
    }
    if (passwords.outdated(kept)) await rehashPassword(tx, found, await passwords.hash(password));
    await noteLogin(tx, found, at);
    const { sessionId, ...tokens } = await openSession(tx, tell, tools, person, at, caller);
    await note('success', at, sessionId);
    // Roles in events come with the invitations to them.
    return { ...tokens, user: personView({ ...person, lastLoginAt: at }), events: [] };
  },

  async listLogins({ userId, limit, cursor }, { caller, tx }) {
    const own = scopeOf(caller);
    await enter(tx, own);
    const of = { companyId: own.companyId, personId: userId ?? own.personId };
    const unknown = notFound({ en: 'person', fr: 'personne' }, '?userId');
    if (of.personId !== own.personId && !(caller.roles.includes('admin') && caller.companyId !== null && (await readPerson(tx, of)))) return unknown;
    const page = await listLoginsOf(tx, of, { limit, cursor });
    return isRefusal(page) ? page : { items: page.rows.map(({ at, ...login }) => ({ ...login, at: at.toISOString() })), nextCursor: page.nextCursor };
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>);
