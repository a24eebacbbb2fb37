/** Stands in for identity where it is not measured: says which key signs and that no access ended, and makes tokens as it would. */
import { closeBus, connectBus, encodeAnswer, serve } from '@regie/bus';
import { accessToken, identity } from '@regie/contracts';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

export interface Identity {
  /** An access token of a manager of that company who never signed in. */
  token(companyId?: string): string;
  close(): Promise<void>;
}

/** @param url of the NATS user `identity` */
export async function standInIdentity(url: string): Promise<Identity> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  const bus = await connectBus(url);
  const serving = serve(bus, 'identity', identity.operations, ({ operation, caller, input }) =>
    Promise.resolve(encodeAnswer(operation, (operation === identity.operations.getKeys ? { keys: [key] } : { items: [] }) as never, caller, input)), (error) => { throw error; });
  return {
    token(companyId = randomUUID()) {
      const { algorithm, issuer, audience, type, lifetime } = accessToken;
      const now = Math.floor(Date.now() / 1_000);
      const claims = { iss: issuer, aud: audience, sub: randomUUID(), sid: randomUUID(), jti: randomUUID(), iat: now, exp: now + lifetime, company: companyId, roles: ['manager'] };
      const text = `${part({ alg: algorithm, typ: type, kid: 'bench' })}.${part(claims)}`;
      return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
    async close() { await serving.stop(); await closeBus(bus); },
  };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
