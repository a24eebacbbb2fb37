/** UUIDv7: sorted by time, so that indexes grow at their end. */
import { randomBytes } from 'node:crypto';

/** RFC 9562, version 7: 48 bits of milliseconds, the rest random. */
export function uuid7(now = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** For the one place where an id becomes part of a statement's text. @throws {TypeError} when it is not a UUID */
export function checkedUuid(value: string): string {
  if (!form.test(value)) throw new TypeError('not a UUID');
  return value;
}

/** The company of nobody: row-level security shows it nothing. */
export const nobody = '00000000-0000-0000-0000-000000000000';
