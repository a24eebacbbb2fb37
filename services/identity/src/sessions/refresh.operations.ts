/** Refresh: each token once, its parent forgiven for ten seconds, anything older the end of the family. */
import type { identity } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { endAndTell } from '../access/access.operations.ts';
import { signAccess } from '../keys/key.operations.ts';
import { maySignIn } from '../people/person.ts';
import { readPerson } from '../people/person.store.ts';
import { enter, instant } from '../scope.store.ts';
import { accountInactive } from '../sign-in/limit.ts';
import { tellAs, type Tools } from '../tools.ts';
import { hashRefreshToken, newRefreshToken, openSuccessor, sealSuccessor } from './refresh.crypto.ts';
import { findToken, insertToken, readToken, useToken } from './refresh.store.ts';
import { judgeRefresh, refreshInvalid, refreshReused } from './session.ts';
import { lockSession, noteSeen } from './session.store.ts';

export const refreshOperations = ({ ring, secret }: Tools) => ({
  async refresh({ refreshToken }, { caller, tx, tell }) {
    const hash = hashRefreshToken(refreshToken);
    const found = await findToken(tx, hash);
    if (!found) return refreshInvalid();
    await enter(tx, found);
    // Person, then session: everybody locks in this order.
    const person = await readPerson(tx, found, 'share');
    const session = await lockSession(tx, found, found.sessionId);
    const token = await readToken(tx, found, hash);
    if (!person || !session || !token || person.archivedAt) return refreshInvalid();
    const at = await instant(tx);
    const tellIt = tellAs(tell, found);

    switch (judgeRefresh(token, session, maySignIn(person), at)) {
      case 'inactive': return accountInactive();
      case 'invalid': return refreshInvalid();
      case 'reused':
        await endAndTell(tx, tellIt, found, { only: found.sessionId }, 'reused');
        return refreshReused();
      case 'same':
        return { ...(await signAccess(tx, tell, ring, person, found.sessionId)), refreshToken: openSuccessor(secret, refreshToken, token.sealed!) };
      case 'rotate': {
        const successor = newRefreshToken();
        const successorHash = hashRefreshToken(successor);
        await insertToken(tx, found, successorHash, at);
        await useToken(tx, found, hash, { hash: successorHash, sealed: sealSuccessor(secret, refreshToken, successor) }, at);
        await noteSeen(tx, found, found.sessionId, at, caller);
        return { ...(await signAccess(tx, tell, ring, person, found.sessionId)), refreshToken: successor };
      }
    }
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>);
