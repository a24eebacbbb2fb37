/** An access token as identity makes them, for one that never signed in. */
import { accessToken as rules } from '@regie/contracts';
import { sign, randomUUID, type KeyObject } from 'node:crypto';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function accessToken(key: KeyObject, kid: string): string {
  const { algorithm, issuer, audience, type, lifetime } = rules;
  const now = Math.floor(Date.now() / 1_000);
  const text = `${part({ alg: algorithm, typ: type, kid })}.${part({ iss: issuer, aud: audience, sub: randomUUID(), sid: randomUUID(), jti: randomUUID(), iat: now, exp: now + lifetime, company: randomUUID(), roles: ['manager'] })}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
