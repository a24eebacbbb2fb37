/** UUIDv7: sorted by time, so that indexes grow at their end. */
import { uuidText } from '@regie/contracts';
import { randomFillSync } from 'node:crypto';

/** Random bytes are fetched many at a time: each fetch is a call into the system. */
const pool = Buffer.alloc(8_192);
let used = pool.length;

/** RFC 9562, version 7: 48 bits of milliseconds, the rest random. */
export function uuid7(now = Date.now()): string {
  if (used === pool.length) { randomFillSync(pool); used = 0; }
  pool.writeUIntBE(now, used, 6);
  pool[used + 6] = (pool[used + 6]! & 0x0f) | 0x70;
  pool[used + 8] = (pool[used + 8]! & 0x3f) | 0x80;
  used += 16;
  return uuidText(pool, used - 16);
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** For the two places where ids become part of a statement's text: where a transaction of one company begins, and of several. @throws {TypeError} when it is not a UUID */
export function checkedUuid(value: string): string {
  if (!form.test(value)) throw new TypeError('not a UUID');
  return value;
}

/** The company of nobody: row-level security shows it nothing. */
export const nobody = '00000000-0000-0000-0000-000000000000';
