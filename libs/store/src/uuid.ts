/** UUIDv7: sorted by time, so that indexes grow at their end. */
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

/** The text of the 16 bytes that begin at `at`. */
export function uuidText(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What a character says as a hexadecimal digit; negative where it is none. */
const digitOf = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()));
/** Where the two digits of each byte stand in a UUID. */
const digitsAt = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/**
 * Writes its 16 bytes.
 * @throws {TypeError} when it is no UUID
 */
export function putUuid(bytes: Buffer, value: string, at: number): void {
  let wrong = value.length === 36 && value[8] === '-' && value[13] === '-' && value[18] === '-' && value[23] === '-' ? 0 : -1;
  for (let byte = 0; byte < 16; byte++) {
    const place = digitsAt[byte]!;
    const [high, low] = [value.charCodeAt(place), value.charCodeAt(place + 1)];
    // Beyond the table nothing is found, and that is no digit either.
    const octet = ((digitOf[high] ?? -1) << 4) | (digitOf[low] ?? -1);
    wrong |= octet;
    bytes[at + byte] = octet;
  }
  if (wrong < 0) throw new TypeError(`not a UUID: ${value}`);
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** For the one place where an id becomes part of a statement's text. @throws {TypeError} when it is not a UUID */
export function checkedUuid(value: string): string {
  if (!form.test(value)) throw new TypeError('not a UUID');
  return value;
}

/** The company of nobody: row-level security shows it nothing. */
export const nobody = '00000000-0000-0000-0000-000000000000';
