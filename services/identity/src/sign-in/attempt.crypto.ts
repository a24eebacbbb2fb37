/** Tries are counted per account and place, without keeping either. */
import { createHmac } from 'node:crypto';

/** @param account an address in its normal form, or a person's id */
export const attemptKey = (secret: string, kind: 'login' | 'password', account: string, ip: string): Buffer =>
  createHmac('sha256', secret).update(JSON.stringify(['regie tries', kind, account, ip])).digest();
