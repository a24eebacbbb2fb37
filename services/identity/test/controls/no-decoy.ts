/** Broken on purpose: nothing is hashed where there is no account, so that the time of an answer tells who has one. */
import type { Passwords } from '../../src/passwords/password.crypto.ts';

export const withoutDecoy = (passwords: Passwords): Passwords => ({
  ...passwords,
  verify: (kept, password) => (kept === null ? Promise.resolve(false) : passwords.verify(kept, password)),
});
