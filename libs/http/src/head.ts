/**
 * An answer's head. Node checks each of twenty headers again for each answer, though most never change; here what never changes is put together once,
 * and what does is checked (docs/adr/0010-written-by-hand.md).
 */
import { IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import { securityHeaders } from './security.ts';

const constant: readonly string[] = Object.entries(securityHeaders).flat();
const constantText = Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}\r\n`).join('');
/** Of answers with a body: of all others Node says itself that none follows. */
const firstLines = new Map(Object.entries(STATUS_CODES).map(([status, meaning]) => [Number(status), `HTTP/1.1 ${status} ${meaning}\r\n`] as const)
  .filter(([status]) => status >= 200 && status !== 204 && status !== 304));

/** What Node's own `writeHead` ends in: it takes the first line as it is, and adds the date, the length and what becomes of the connection. */
interface Inside {
  _storeHeader?: (lines: string, headers: null) => void;
  _contentLength: number;
  readonly _hasBody: boolean;
  readonly useChunkedEncodingByDefault: boolean;
  readonly _expect_continue?: boolean;
  readonly _sent100?: boolean;
  readonly _header: string;
}

/** Headers that decide how the rest is sent: Node has to see them. */
const steering = new Set(['connection', 'transfer-encoding', 'content-length', 'date', 'trailer', 'expect', 'keep-alive']);
/** What no value may hold: a line break would begin another header. */
const unspeakable = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Writes the head of an answer, with the headers every answer has.
 * @param fields names and values in turn; names are ours, in small letters
 * @param length of the body; null when the status has none
 * @throws when a value cannot be a header's, or a head was written before; then nothing is
 */
export function writeHead(raw: ServerResponse, status: number, fields: readonly string[], length: number | null): void {
  if (isByHand && byHand(raw, status, fields, length)) return;
  raw.writeHead(status, length === null ? [...fields, ...constant] : [...fields, ...constant, 'content-length', String(length)]);
}

/** Writes it if it is an ordinary one: an answer with a body, to HTTP/1.1, all of whose headers are here. For all others Node knows better. @returns whether it was */
function byHand(raw: ServerResponse, status: number, fields: readonly string[], length: number | null): boolean {
  const inside = raw as unknown as Inside;
  const first = firstLines.get(status);
  if (first === undefined || length === null || raw.headersSent || !inside._hasBody || !inside.useChunkedEncodingByDefault) return false;
  // A client that was not told to go on may have sent something or not; and what somebody has set before is to be seen.
  if ((inside._expect_continue && inside._sent100 !== true) || raw.getHeaderNames().length > 0) return false;
  const text = textOf(first, fields);
  if (text === undefined) return false;
  raw.statusCode = status;
  inside._contentLength = length;
  inside._storeHeader!(text, null);
  return true;
}

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

/** Does the Node that runs this write the same head? Looked at once, when the program is loaded; on one that does not, `writeHead` does it all. */
export const isByHand: boolean = (() => {
  const asked = Object.assign(new IncomingMessage(new Socket()), { method: 'POST', httpVersionMajor: 1, httpVersionMinor: 1 });
  const lines = (write: (to: ServerResponse) => unknown): string[] => {
    const to = new ServerResponse(asked);
    write(to);
    return (to as unknown as Inside)._header.toLowerCase().split('\r\n').filter((line) => !line.startsWith('date:')).toSorted();
  };
  try {
    const own = lines((to) => byHand(to, 201, ['etag', '"1"'], 7));
    return lines((to) => to.writeHead(201, ['etag', '"1"', ...constant, 'content-length', '7'])).join('\n') === own.join('\n');
  } catch {
    return false;
  }
})();
