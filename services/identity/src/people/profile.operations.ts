/** One's own profile. */
import type { identity } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { enter, scopeOf } from '../scope.store.ts';
import { changeNames, showPerson } from './change.operations.ts';

export const profileOperations = {
  async getProfile(_input, { caller, tx }) {
    const scope = scopeOf(caller);
    await enter(tx, scope);
    return showPerson(tx, scope);
  },

  async patchProfile(sent, { caller, tx, tell, expectedVersion }) {
    const scope = scopeOf(caller);
    await enter(tx, scope);
    return changeNames(tx, tell, scope, sent, expectedVersion);
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>;
