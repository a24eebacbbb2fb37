/** Where a caller came from, sealed for the audit trail: facts are read by partners, addresses are not for them. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface Origin { readonly ip: string; readonly userAgent: string }

/** AES-256-GCM: nonce, tag, ciphertext, base64url. @param key 32 bytes, base64url */
export function sealOrigin(key: string, { ip, userAgent }: Origin): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify([ip, userAgent]), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** @returns undefined when it was sealed with another key or changed on its way */
export function openOrigin(key: string, sealed: string): Origin | undefined {
  try {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    const [ip, userAgent] = JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')) as [string, string];
    return { ip, userAgent };
  } catch {
    return undefined;
  }
}
