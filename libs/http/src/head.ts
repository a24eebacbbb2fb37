/**
 * An answer's head. Node checks each of twenty headers again for each answer, though most never change; here what never changes is put together once,
 * and what does is checked (docs/adr/0010-written-by-hand.md).
 */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import { securityHeaders } from './security.ts';

const constant: readonly string[] = Object.entries(securityHeaders).flat();
const constantText = Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}\r\n`).join('');
const firstLines = new Map(Object.entries(STATUS_CODES).map(([status, meaning]) => [Number(status), `HTTP/1.1 ${status} ${meaning}\r\n`]));

/** What Node's own `writeHead` ends in: it takes the first line as it is, and adds the date, the length and what becomes of the connection. */
interface Inside { _storeHeader?: (lines: string, headers: null) => void; _contentLength: number; _hasBody: boolean; useChunkedEncodingByDefault: boolean; _expect_continue?: boolean; _sent100?: boolean }

/** Headers that decide how the rest is sent: Node has to see them. */
const steering = new Set(['connection', 'transfer-encoding', 'content-length', 'date', 'trailer', 'expect', 'keep-alive']);
/** What no value may hold: a line break would begin another header. */
const unspeakable = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Writes the head of an answer, with the headers every answer has.
 * @param fields names and values in turn; names are ours
 * @param length of the body; null when the status has none
 * @throws when a value cannot be a header's, or a head was written before; then nothing is
 */
export function writeHead(raw: ServerResponse, status: number, fields: readonly string[], length: number | null): void {
  const inside = raw as unknown as Inside;
  const first = firstLines.get(status);
  const text = first === undefined || length === null || raw.headersSent || !isUsual(inside) ? undefined : textOf(first, fields);
  if (text === undefined) {
    raw.writeHead(status, length === null ? [...fields, ...constant] : [...fields, ...constant, 'content-length', String(length)]);
    return;
  }
  raw.statusCode = status;
  inside._contentLength = length!;
  inside._storeHeader!(text, null);
}

/** An answer with a body, to HTTP/1.1: for all others Node knows better. */
const isUsual = (inside: Inside): boolean => inside._storeHeader !== undefined && inside._hasBody && inside.useChunkedEncodingByDefault && (!inside._expect_continue || inside._sent100 === true);

/** First line and headers; undefined when Node has to see one of them. */
function textOf(first: string, fields: readonly string[]): string | undefined {
  let text = first;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index]!;
    const value = fields[index + 1]!;
    if (steering.has(name) || unspeakable.test(value)) return undefined;
    text += `${name}: ${value}\r\n`;
  }
  return text + constantText;
}
