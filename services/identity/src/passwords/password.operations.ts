/** A new password ends all other sessions: whoever got in with the old one is out. */
import { identity } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { endAndTell } from '../access/access.operations.ts';
import { readCompany } from '../companies/company.store.ts';
import { readPasswordHash, readPerson, savePassword } from '../people/person.store.ts';
import { enter, instant, scopeOf } from '../scope.store.ts';
import { attemptKey } from '../sign-in/attempt.crypto.ts';
import { credentialsWrong, oneMore, tooManyTries, waitAfter } from '../sign-in/limit.ts';
import { forgetFailures, lockFailures, readFailures, saveFailures } from '../sign-in/limit.store.ts';
import type { Tools } from '../tools.ts';
import { judgePassword } from './password.ts';

const { passwordChanged } = identity.facts;

export const passwordOperations = ({ passwords, secret }: Tools) => ({
  async changePassword({ currentPassword, newPassword }, { caller, tx, tell, now }) {
    const scope = scopeOf(caller);
    await enter(tx, scope);
    const attempt = attemptKey(secret, 'password', scope.personId, caller.ip);
    const early = waitAfter(await readFailures(tx, attempt), now);
    if (early > 0) return tooManyTries(early);

    const person = await readPerson(tx, scope, 'update');
    if (!person) return credentialsWrong();
    const right = await passwords.verify(await readPasswordHash(tx, scope), currentPassword);
    const failures = await lockFailures(tx, attempt);
    const at = await instant(tx);
    const wait = waitAfter(failures, at);
    if (wait > 0) return tooManyTries(wait);
    if (!right) {
      await saveFailures(tx, attempt, oneMore(failures, at));
      return credentialsWrong();
    }
    await forgetFailures(tx, attempt);

    const company = scope.companyId === null ? null : ((await readCompany(tx, scope.companyId))?.name ?? null);
    const weak = judgePassword(newPassword, { ...person, company }, '/newPassword');
    if (weak) return weak;
    const version = await savePassword(tx, scope, await passwords.hash(newPassword));
    tell(passwordChanged, { id: person.id }, { version });
    await endAndTell(tx, tell, scope, { but: caller.sessionId }, 'password');
    return null;
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>);
