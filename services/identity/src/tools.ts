/** What identity's operations need besides their transaction. */
import type { Tell } from '@regie/contracts';
import type { KeyRing } from './keys/key.crypto.ts';
import type { Passwords } from './passwords/password.crypto.ts';
import type { Scope } from './scope.store.ts';

export interface Tools {
  readonly passwords: Passwords;
  readonly ring: KeyRing;
  /** IDENTITY_KEY_SECRET. */
  readonly secret: string;
  /** REGIE_PLATFORM_ADMIN in its normal form, or null. */
  readonly platformAdmin: string | null;
}

/** Tells on behalf of somebody who was not signed in when asking: the transaction's own work names nobody. */
export const tellAs = <Emitted>(tell: Tell<Emitted>, { companyId, personId }: Scope): Tell<Emitted> => {
  const as = { ...(companyId === null ? {} : { companyId }), actorId: personId };
  return (fact, state, about) => tell(fact, state, { ...about, ...as });
};
