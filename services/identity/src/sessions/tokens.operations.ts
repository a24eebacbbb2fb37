/** A pair of tokens: one to ask with, one to get the next pair with. */
import type { identity, Tell } from '@regie/contracts';
import { uuid7, type Tx } from '@regie/store';
import { signAccess } from '../keys/key.operations.ts';
import type { Person } from '../people/person.ts';
import type { Tools } from '../tools.ts';
import { hashRefreshToken, newRefreshToken } from './refresh.crypto.ts';
import { insertToken } from './refresh.store.ts';
import { insertSession } from './session.store.ts';

type TellKey = Tell<typeof identity.facts.keyPublished>;
export interface Tokens { readonly accessToken: string; readonly expiresIn: number; readonly refreshToken: string }

/** Opens a session with its first pair. */
export async function openSession(
  tx: Tx, tell: TellKey, { ring }: Tools, person: Person, at: Date, origin: { ip: string; userAgent: string },
): Promise<Tokens & { sessionId: string }> {
  const scope = { companyId: person.companyId, personId: person.id };
  const sessionId = uuid7();
  await insertSession(tx, scope, sessionId, at, origin);
  const refreshToken = newRefreshToken();
  await insertToken(tx, { ...scope, sessionId }, hashRefreshToken(refreshToken), at);
  return { ...(await signAccess(tx, tell, ring, person, sessionId)), refreshToken, sessionId };
}
