/** What identity's own environment says. */
import { Type } from '@regie/contracts';
import { readEnvironment } from '@regie/runtime';
import { openKeyRing } from './keys/key.crypto.ts';
import { openPasswords } from './passwords/password.crypto.ts';
import { normalEmail } from './people/person.ts';
import type { Tools } from './tools.ts';

const variables = {
  /** Seals the private keys of access tokens. Changing it makes the kept ones unreadable. */
  IDENTITY_KEY_SECRET: Type.String({ minLength: 32 }),
  /** Who becomes platform administrator when registered, unless somebody is one already. */
  REGIE_PLATFORM_ADMIN: Type.Optional(Type.String({ format: 'email' })),
};

/** @throws one error that names every variable that is missing or wrong */
export async function openTools(environment: NodeJS.ProcessEnv = process.env): Promise<Tools> {
  const { IDENTITY_KEY_SECRET: secret, REGIE_PLATFORM_ADMIN: admin } = readEnvironment(variables, environment);
  return { secret, platformAdmin: admin === undefined ? null : normalEmail(admin), ring: openKeyRing(secret), passwords: await openPasswords() };
}
