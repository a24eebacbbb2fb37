/** When keys of access tokens are made, sign, and go. */
import { accessToken } from '@regie/contracts';

export interface SigningKey {
  readonly id: string;
  readonly signsFrom: Date;
}

const day = 86_400_000;
/** Milliseconds a key signs. */
export const signingLife = 30 * day;
/** Milliseconds a key is published before it signs, so that whoever verifies has read it. */
export const lead = 15 * 60_000;
/** Milliseconds a key stays published after its successor signs: the last token it signed, two clocks apart, and a minute. */
const afterlife = (accessToken.lifetime + 2 * accessToken.clockTolerance + 60) * 1_000;

const inOrder = <Key extends SigningKey>(keys: readonly Key[]): Key[] =>
  keys.toSorted((one, other) => one.signsFrom.getTime() - other.signsFrom.getTime() || (one.id < other.id ? -1 : 1));

/** The key that signs now: the newest whose time has come. */
export const signingKey = <Key extends SigningKey>(keys: readonly Key[], now: Date): Key | undefined => inOrder(keys).findLast(({ signsFrom }) => signsFrom <= now);

/**
 * What is to be done about the keys.
 * @param wanted an operator asks for a new key before its time
 * @returns `make`: from when a new key shall sign; `drop`: the keys no living token was signed with
 */
export function rotation(keys: readonly SigningKey[], now: Date, wanted = false): { make: Date | null; drop: string[] } {
  const ordered = inOrder(keys);
  const newest = ordered.at(-1);
  const drop = ordered
    .filter((_, index) => { const next = ordered[index + 1]; return next !== undefined && next.signsFrom.getTime() + afterlife < now.getTime(); })
    .map(({ id }) => id);
  if (!newest) return { make: now, drop };
  const soonest = now.getTime() + lead;
  // One that is still to come is new enough.
  if (wanted) return { make: newest.signsFrom > now ? null : new Date(soonest), drop };
  const due = newest.signsFrom.getTime() + signingLife;
  return { make: due - lead <= now.getTime() ? new Date(Math.max(due, soonest)) : null, drop };
}
