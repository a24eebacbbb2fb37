/** UUIDs as text and as their 16 bytes, by tables: each fact and each line of a decision has several. */

/** What a character says as a hexadecimal digit; negative where it is none. */
const digitOf = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()));
/** Where the two digits of each byte stand. */
const digitsAt = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Writes its 16 bytes.
 * @param value in small letters or capitals
 * @throws {TypeError} when it is no UUID
 */
export function putUuid(bytes: Uint8Array, value: string, at: number): void {
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

/** The text of the 16 bytes that begin at `at`, in small letters. */
export function uuidText(bytes: Uint8Array, at: number): string {
  const two = (place: number): string => digits[bytes[at + place]!]! + digits[bytes[at + place + 1]!]!;
  return `${two(0)}${two(2)}-${two(4)}-${two(6)}-${two(8)}-${two(10)}${two(12)}${two(14)}`;
}
