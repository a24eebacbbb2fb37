/** How long a session lives, and what a refresh token gets. */
import { refuse, type OutputOf, type Refusal, type identity } from '@regie/contracts';

export type SessionView = OutputOf<typeof identity.operations.listSessions>['items'][number];

export interface Session {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly ip: string;
  readonly userAgent: string;
  readonly endedAt: Date | null;
}

/** A refresh token as it is remembered, with the one it was exchanged for. */
export interface RefreshToken {
  readonly issuedAt: Date;
  readonly usedAt: Date | null;
  /** Was the one given for it used in its turn? */
  readonly successorUsed: boolean;
  /** Is that one still kept, to be given once more? */
  readonly successorKept: boolean;
}

const day = 86_400_000;
/** Milliseconds a session may rest. */
export const idleLife = 7 * day;
/** Milliseconds a session lives, however busy. */
export const familyLife = 30 * day;
/** Milliseconds in which a used token is forgiven: two tabs of one browser, an answer lost on its way. */
export const forgiveness = 10_000;

export type RefreshVerdict = 'rotate' | 'same' | 'reused' | 'invalid' | 'inactive';

/**
 * What somebody who shows this token gets.
 * `reused` means that two parties have it: whoever shows it, the family must end.
 */
export function judgeRefresh(token: RefreshToken, session: Session, maySignIn: boolean, now: Date): RefreshVerdict {
  const age = (since: Date): number => now.getTime() - since.getTime();
  if (!maySignIn) return 'inactive';
  if (token.usedAt !== null) {
    const forgiven = age(token.usedAt) <= forgiveness && token.successorKept && !token.successorUsed && session.endedAt === null;
    return forgiven ? 'same' : 'reused';
  }
  if (session.endedAt !== null || age(session.createdAt) >= familyLife || age(token.issuedAt) >= idleLife) return 'invalid';
  return 'rotate';
}

/** May it still be refreshed? */
export const isLive = ({ endedAt, createdAt, lastSeenAt }: Session, now: Date): boolean =>
  endedAt === null && now.getTime() - createdAt.getTime() < familyLife && now.getTime() - lastSeenAt.getTime() < idleLife;

export const sessionView = ({ id, createdAt, lastSeenAt, ip, userAgent }: Session, currentId: string | null): SessionView =>
  ({ id, createdAt: createdAt.toISOString(), lastSeenAt: lastSeenAt.toISOString(), ip, userAgent, current: id === currentId });

export const refreshInvalid = (): Refusal<'auth.refresh-invalid'> => refuse('auth.refresh-invalid', { en: 'Please sign in again.', fr: 'Reconnectez-vous.' });
export const refreshReused = (): Refusal<'auth.refresh-reused'> =>
  refuse('auth.refresh-reused', { en: 'This session was ended to protect you. Please sign in again.', fr: 'Cette session a été fermée pour vous protéger. Reconnectez-vous.' });
