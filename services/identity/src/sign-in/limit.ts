/** Guessing passwords gets slower and slower; nobody is locked out for good, and other places are not affected. */
import { refuse, type Refusal } from '@regie/contracts';

/** Wrong passwords in a row, for one account from one address. */
export interface Failures {
  readonly count: number;
  readonly lastAt: Date;
}

const free = 5;
const longestSeconds = 900;
const forgottenAfterMs = 24 * 3_600_000;

/** Milliseconds until the next try: none after the first mistakes, then 1 s, 2 s, 4 s … up to a quarter of an hour. */
export function waitAfter(failures: Failures | null, now: Date): number {
  if (failures === null || failures.count < free) return 0;
  const delay = Math.min(2 ** (failures.count - free), longestSeconds) * 1_000;
  return Math.max(0, failures.lastAt.getTime() + delay - now.getTime());
}

/** One more. What is a day old is forgotten. */
export const oneMore = (failures: Failures | null, now: Date): Failures =>
  ({ count: failures !== null && now.getTime() - failures.lastAt.getTime() < forgottenAfterMs ? failures.count + 1 : 1, lastAt: now });

/** `retryAfter` is in seconds, for the header of that name. */
export function tooManyTries(waitMs: number): Refusal<'rate.limited'> {
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1_000));
  return refuse('rate.limited', {
    en: `Too many wrong passwords. Try again in ${retryAfter} s.`, fr: `Trop de mots de passe erronés. Réessayez dans ${retryAfter} s.`,
  }, { retryAfter });
}

/** Says neither which of the two is wrong nor whether the address is known. */
export const credentialsWrong = (): Refusal<'auth.credentials-wrong'> =>
  refuse('auth.credentials-wrong', { en: 'Check the address and the password.', fr: 'Vérifiez l’adresse et le mot de passe.' });

export const accountInactive = (): Refusal<'auth.account-inactive'> =>
  refuse('auth.account-inactive', { en: 'Ask an administrator of your company to activate it.', fr: 'Demandez à un administrateur de votre entreprise de le réactiver.' });
