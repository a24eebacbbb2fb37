/** Key pairs, their private parts sealed, and the signature of an access token. */
import { accessToken, type AccessClaims } from '@regie/contracts';
import { exportJWK, SignJWT } from 'jose';
import { createCipheriv, createDecipheriv, createPrivateKey, generateKeyPairSync, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import type { KeptKey, PublicJwk } from './key.store.ts';

/** Makes, opens and remembers private keys. */
export interface KeyRing {
  make(id: string): Promise<{ publicKey: PublicJwk; sealedPrivateKey: Buffer }>;
  /** @throws when the key was sealed with another IDENTITY_KEY_SECRET */
  open(key: KeptKey): KeyObject;
  sign(key: KeptKey, claims: AccessClaims): Promise<string>;
}

/** @param secret IDENTITY_KEY_SECRET */
export function openKeyRing(secret: string): KeyRing {
  const sealing = Buffer.from(hkdfSync('sha256', secret, '', 'regie signing keys', 32));
  // Opening one takes as long as signing with it; there are two or three.
  const opened = new Map<string, KeyObject>();

  const open = ({ id, sealedPrivateKey: sealed }: KeptKey): KeyObject => {
    const known = opened.get(id);
    if (known) return known;
    const decipher = createDecipheriv('aes-256-gcm', sealing, sealed.subarray(0, 12)).setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(12, 28));
    let der: Buffer;
    try {
      der = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    } catch {
      throw new Error('The signing keys were sealed with another IDENTITY_KEY_SECRET.');
    }
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    if (opened.size > 20) opened.clear();
    opened.set(id, key);
    return key;
  };

  return {
    open,
    async make(id) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(id));
      const sealed = Buffer.concat([cipher.update(privateKey.export({ format: 'der', type: 'pkcs8' })), cipher.final()]);
      const { x, y } = await exportJWK(publicKey);
      return {
        publicKey: { kty: 'EC', crv: 'P-256', x: x!, y: y!, kid: id, alg: accessToken.algorithm, use: 'sig' },
        sealedPrivateKey: Buffer.concat([nonce, cipher.getAuthTag(), sealed]),
      };
    },
    sign: (key, claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg: accessToken.algorithm, typ: accessToken.type, kid: key.id }).sign(open(key)),
  };
}
