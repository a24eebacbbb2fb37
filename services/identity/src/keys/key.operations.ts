/** The public keys, and their turning. */
import { accessToken, identity, type AccessClaims, type Tell } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { uuid7, type Tx } from '@regie/store';
import { rolesOf, type Person } from '../people/person.ts';
import { instant } from '../scope.store.ts';
import { rotation, signingKey } from './key.ts';
import type { KeyRing } from './key.crypto.ts';
import { dropKeys, insertKey, lockKeys, readKeys, type KeptKey } from './key.store.ts';

const { keyPublished } = identity.facts;

export const keyOperations = {
  async getKeys(_input, { tx }) {
    return { keys: (await readKeys(tx)).map(({ publicKey }) => publicKey) };
  },
} satisfies Partial<HandlersIn<typeof identity.operations>>;

/**
 * Makes the next key when its time has come and drops those no token needs. Any number of replicas may do it at once.
 * @param wanted make one now, whatever the age of the present one
 * @returns the keys there are then
 * @throws when a key is due and those there are were sealed with another secret
 */
export async function turnKeys(tx: Tx, tell: Tell<typeof keyPublished>, ring: KeyRing, wanted = false): Promise<readonly KeptKey[]> {
  await lockKeys(tx);
  const keys = await readKeys(tx);
  const { make, drop } = rotation(keys, await instant(tx), wanted);
  if (drop.length > 0) await dropKeys(tx, drop);
  if (make) {
    // A replica with another secret must not make a key that the others cannot open.
    const newest = keys.at(-1);
    if (newest) ring.open(newest);
    const id = uuid7();
    await insertKey(tx, { id, signsFrom: make, ...(await ring.make(id)) });
    tell(keyPublished, { id, signsFrom: make.toISOString() }, { version: 1 });
  }
  return make || drop.length > 0 ? readKeys(tx) : keys;
}

/** An access token for one session, with what the person may do now. Under a lock of the person, so that none is given beside a change of it. */
export async function signAccess(tx: Tx, tell: Tell<typeof keyPublished>, ring: KeyRing, person: Person, sessionId: string): Promise<{ accessToken: string; expiresIn: number }> {
  const at = await instant(tx);
  const key = signingKey(await readKeys(tx), at) ?? signingKey(await turnKeys(tx, tell, ring), await instant(tx));
  if (!key) throw new Error('there is no signing key whose time has come');
  const iat = at.getTime() / 1_000;
  const claims: AccessClaims = {
    iss: accessToken.issuer, aud: accessToken.audience, sub: person.id, sid: sessionId, jti: uuid7(),
    iat, exp: Math.floor(iat) + accessToken.lifetime, company: person.companyId, roles: rolesOf(person),
  };
  return { accessToken: await ring.sign(key, claims), expiresIn: Math.floor(claims.exp - iat) };
}
