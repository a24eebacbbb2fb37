/**
 * Columns as PostgreSQL's own binary arrays, for `unnest` over many rows: nothing is quoted, escaped and parsed again,
 * which for a batch of 256 is half of what sending and reading it costs. pg sends a Buffer as it is, as a binary value.
 * The parameter has to be cast in the statement (`$1::uuid[]`), since the bytes name the element's type.
 */
import { putUuid } from '@regie/contracts';

// Object identifiers of the built-in types; they never change.
const oids = { uuid: 2950, int4: 23, int8: 20, text: 25, timestamptz: 1184, jsonb: 3802 } as const;
/** Dimensions, "has nulls", element type, length, lower bound: five integers. */
const headerBytes = 20;
/** Milliseconds from 1970 to 2000, where PostgreSQL begins to count. */
const epochShift = 946_684_800_000;
const word = 2 ** 32;

function begun(oid: number, length: number, nulls: boolean, bodyBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + bodyBytes);
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(nulls ? 1 : 0, 4);
  bytes.writeUInt32BE(oid, 8);
  bytes.writeInt32BE(length, 12);
  bytes.writeInt32BE(1, 16);
  return bytes;
}

/** Elements of one width, or null. */
function fixed<Value>(oid: number, width: number, values: readonly (Value | null)[], put: (bytes: Buffer, value: Value, at: number) => void): Buffer {
  const nulls = values.includes(null);
  const bytes = begun(oid, values.length, nulls, values.length * (4 + width));
  let at = headerBytes;
  for (const value of values) {
    bytes.writeInt32BE(value === null ? -1 : width, at);
    at += 4;
    if (value === null) continue;
    put(bytes, value, at);
    at += width;
  }
  return at === bytes.length ? bytes : bytes.subarray(0, at);
}

/** Of whole numbers below 2^53 in either direction. */
function putInt8(bytes: Buffer, value: number, at: number): void {
  const high = Math.floor(value / word);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * word, at + 4);
}

/** `uuid[]`. @throws {TypeError} when one is no UUID */
export const uuids = (values: readonly (string | null)[]): Buffer => fixed(oids.uuid, 16, values, putUuid);
/** `int[]`. @throws {RangeError} beyond 32 bits */
export const ints = (values: readonly (number | null)[]): Buffer => fixed(oids.int4, 4, values, (bytes, value, at) => { bytes.writeInt32BE(value, at); });
/** `bigint[]`, of whole numbers below 2^53. */
export const bigints = (values: readonly (number | null)[]): Buffer => fixed(oids.int8, 8, values, putInt8);
/** `timestamptz[]`, of milliseconds since 1970. */
export const instants = (values: readonly (number | null)[]): Buffer =>
  fixed(oids.timestamptz, 8, values, (bytes, value, at) => putInt8(bytes, (value - epochShift) * 1_000, at));

/** `text[]`. @throws nothing: a character PostgreSQL cannot hold is refused by it, as anywhere */
export const texts = (values: readonly (string | null)[]): Buffer => written(oids.text, '', values);

/** `text[]`, and each of its texts as the bytes that stand in it: for who has them to send elsewhere too. */
export function textsAndBytes(values: readonly string[]): { readonly array: Buffer; readonly each: readonly Buffer[] } {
  const each: Buffer[] = [];
  const array = written(oids.text, '', values, (bytes) => void each.push(bytes));
  return { array, each };
}

/** `jsonb[]`, of values that are JSON already. Its binary form is the text behind the number of that form. */
export const jsons = (values: readonly (string | null)[]): Buffer => written(oids.jsonb, '\u0001', values);

function written(oid: number, before: string, values: readonly (string | null)[], show?: (bytes: Buffer) => void): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : before.length + Buffer.byteLength(value)));
  // No more than it takes: memory outside of the heap brings on a full collection by itself.
  const bytes = begun(oid, values.length, values.includes(null), lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), 0));
  let at = headerBytes;
  for (const [place, length] of lengths.entries()) {
    bytes.writeInt32BE(length, at);
    at += 4;
    if (length < 0) continue;
    bytes.write(before + values[place]!, at, 'utf8');
    show?.(bytes.subarray(at, at + length));
    at += length;
  }
  return bytes;
}
