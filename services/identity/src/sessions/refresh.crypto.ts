/** Refresh tokens: opaque, hashed, and for ten seconds sealed with the one they were given for. */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** 256 random bits, base64url: 43 characters. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/** What is kept of it. Plain SHA-256: 256 random bits cannot be guessed, however fast a guess is. */
export const hashRefreshToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The key needs the used token itself: whoever has the database and the secret reads nothing without it. */
const keyFor = (secret: string, usedToken: string): Buffer => Buffer.from(hkdfSync('sha256', secret, usedToken, 'regie refresh successor', 32));

/** AES-256-GCM: nonce, tag, ciphertext. */
export function sealSuccessor(secret: string, usedToken: string, successor: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyFor(secret, usedToken), nonce);
  const sealed = Buffer.concat([cipher.update(successor, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @throws when it was sealed with another token or secret */
export function openSuccessor(secret: string, usedToken: string, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', keyFor(secret, usedToken), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
}
