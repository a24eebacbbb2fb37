/** Access tokens: one algorithm, one issuer, one audience, one type, and a key we know. Everything else is no token, whatever it is. */
import { accessToken, AccessClaims } from '@regie/contracts';
import { compile } from '@regie/http';
import { createVerifier } from 'fast-jwt';
import { createPublicKey, type JsonWebKey } from 'node:crypto';

/** `unknown-key`: a key we have not heard of yet may have signed it. */
export type Verdict = AccessClaims | 'invalid' | 'unknown-key';

export interface Tokens {
  /** @param now milliseconds since 1970 */
  read(token: string, now: number): Verdict;
  /** Was it verified before, whether it is still good or not? */
  isKnown(token: string): boolean;
  /** Takes these keys in place of those it had. Keys that are not of our one kind are left out. */
  setKeys(keys: readonly JsonWebKey[]): void;
  readonly hasKeys: () => boolean;
}

type Verify = (token: string) => unknown;

/** Tokens remembered as verified: a signature costs more than all else of a request. */
const cacheSize = 10_000;
const fits = compile(AccessClaims, 'body');

export function openTokens(): Tokens {
  let verifiers = new Map<string, { pem: string; verify: Verify }>();
  const known = new Map<string, AccessClaims>();
  return {
    read(token, now) {
      const cached = known.get(token);
      if (cached) return current(cached, now) ? cached : 'invalid';
      const kid = kidOf(token);
      if (kid === undefined) return 'invalid';
      const verify = verifiers.get(kid)?.verify;
      if (!verify) return 'unknown-key';
      const claims = verified(verify, token);
      if (claims === undefined || !current(claims, now)) return 'invalid';
      if (known.size >= cacheSize) known.delete(known.keys().next().value!);
      known.set(token, claims);
      return claims;
    },
    isKnown: (token) => known.has(token),
    setKeys(keys) {
      const next = new Map(keys.flatMap((jwk) => {
        const pem = pemOf(jwk);
        const { kid } = jwk;
        if (pem === undefined || typeof kid !== 'string') return [];
        const before = verifiers.get(kid);
        return [[kid, before?.pem === pem ? before : { pem, verify: verifierOf(pem) }] as const];
      }));
      // What a key that is gone has signed is good no longer, remembered or not.
      if ([...verifiers].some(([kid, one]) => next.get(kid) !== one)) known.clear();
      verifiers = next;
    },
    hasKeys: () => verifiers.size > 0,
  };
}

const verifierOf = (pem: string): Verify => createVerifier({
  key: pem, algorithms: [accessToken.algorithm], allowedIss: accessToken.issuer, allowedAud: accessToken.audience, checkTyp: accessToken.type,
  requiredClaims: Object.keys(AccessClaims.properties), clockTolerance: accessToken.clockTolerance * 1_000,
}) as Verify;

/** The claims of a token that is genuine. Whatever the library throws means that it is not. */
function verified(verify: Verify, token: string): AccessClaims | undefined {
  try {
    const claims = verify(token);
    return fits(claims) ? (claims as AccessClaims) : undefined;
  } catch {
    return undefined;
  }
}

/** Not expired, not from the future, and of no longer life than we give. */
const current = ({ iat, exp }: AccessClaims, now: number): boolean =>
  now < (exp + accessToken.clockTolerance) * 1_000 && iat * 1_000 < now + accessToken.clockTolerance * 1_000 && exp - iat <= accessToken.lifetime + 1;

/** Which key is said to have signed it. Nothing else of the header is believed, and no address in it is ever asked. */
function kidOf(token: string): string | undefined {
  const [head, , signature, ...more] = token.split('.');
  if (!head || !signature || more.length > 0 || head.length > 1_000) return undefined;
  try {
    const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as { kid?: unknown; alg?: unknown };
    return alg === accessToken.algorithm && typeof kid === 'string' && /^[\w-]{1,100}$/.test(kid) ? kid : undefined;
  } catch {
    return undefined;
  }
}

function pemOf(jwk: JsonWebKey): string | undefined {
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || (jwk['alg'] !== undefined && jwk['alg'] !== accessToken.algorithm)) return undefined;
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString().trim();
  } catch {
    return undefined;
  }
}
