/** Access tokens: what identity signs and the gateway verifies, said once for both. */
import Type, { type Static } from 'typebox';
import { Role } from '../caller.ts';
import { Id, nullable, object } from '../common.ts';

/** One algorithm, one issuer, one audience, one type: a token that differs in any is no access token. */
export const accessToken = {
  algorithm: 'ES256',
  issuer: 'regie',
  audience: 'regie-api',
  /** The header's `typ` (RFC 9068). */
  type: 'at+jwt',
  /** Seconds from `iat` to `exp`, at most. */
  lifetime: 600,
  /** Seconds two clocks may differ: for `exp` in the past and `iat` in the future. */
  clockTolerance: 30,
} as const;

/** Seconds an ended access is remembered: longer than a token issued just before can live. */
export const endedAccessMemory = 900;

/** The claims, all of them required. `iat` has milliseconds, so that it can be told from what ended in the same second; `exp` has none. */
export const AccessClaims = object({
  iss: Type.Literal(accessToken.issuer),
  aud: Type.Literal(accessToken.audience),
  /** The person. */
  sub: Id,
  /** The session (the family of refresh tokens). */
  sid: Id,
  jti: Id,
  iat: Type.Number({ minimum: 0 }),
  exp: Type.Integer({ minimum: 0 }),
  /** Null for people who belong to none. */
  company: nullable(Id),
  roles: Type.Array(Role, { maxItems: 20 }),
});
export type AccessClaims = Static<typeof AccessClaims>;

/** Access that ended: tokens issued before `notBefore`, of one session, or of all the person's when it is null. */
export const EndedAccess = object({ userId: Id, sessionId: nullable(Id), notBefore: Type.String({ format: 'instant', maxLength: 35 }) });
export type EndedAccess = Static<typeof EndedAccess>;

/** Is this token one of those that ended? */
export const endsToken = ({ userId, sessionId, notBefore }: EndedAccess, { sub, sid, iat }: Pick<AccessClaims, 'sub' | 'sid' | 'iat'>): boolean =>
  sub === userId && (sessionId === null || sessionId === sid) && Math.round(iat * 1_000) < Date.parse(notBefore);
