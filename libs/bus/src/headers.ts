/** Message headers, written and read by hand: the client's own map of lists costs more than all else of a small message (docs/adr/0010-written-by-hand.md). */
import type { Msg, MsgHdrs } from '@nats-io/nats-core';

/**
 * One header, to be put together with others.
 * @throws {RangeError} when the value holds a line break, which would begin another header
 */
export function header(name: string, value: string): string {
  if (value.includes('\n') || value.includes('\r')) throw new RangeError(`the header ${name} cannot hold a line break`);
  return `${name}: ${value}\r\n`;
}

/** Headers ready to be published, of lines that `header` wrote. The client asks headers for nothing but their bytes. */
export const headersOf = (lines: string): MsgHdrs => new Written(lines) as unknown as MsgHdrs;

class Written {
  readonly lines: string;
  constructor(lines: string) { this.lines = lines; }
  encode(): Uint8Array { return Buffer.from(`NATS/1.0\r\n${this.lines}\r\n`, 'utf8'); }
}

/** The lines again; undefined for headers that `headersOf` did not make. */
export const linesOf = (headers: MsgHdrs): string | undefined => (headers instanceof Written ? headers.lines : undefined);

/** What the client keeps of a message it has not looked into yet. */
interface Unread { readonly _rdata?: Uint8Array; readonly _msg?: { readonly hdr: number } }

/** The headers of a message as text, for `headerReader`; empty when it has none. It begins with what the server itself has to say: `NATS/1.0 503`. */
export function headersIn(message: Msg): string {
  const { _rdata: bytes, _msg: sizes } = message as unknown as Unread;
  // Should the client ever keep them elsewhere, its own way of showing them does as well.
  if (!bytes || sizes === undefined) {
    const { headers } = message;
    return headers === undefined ? '' : `NATS/1.0 ${headers.status}\r\n${[...headers].map(([name, [value]]) => `${name}: ${value}\r\n`).join('')}`;
  }
  return sizes.hdr < 0 ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, sizes.hdr).toString('utf8');
}

/** Finds a header by name, exactly as we write it. @returns the reader; it gives undefined for a header that is absent or empty */
export function headerReader(name: string): (sent: string) => string | undefined {
  const start = `\r\n${name}:`;
  return (sent) => {
    const at = sent.indexOf(start);
    if (at < 0) return undefined;
    const value = sent.slice(at + start.length, sent.indexOf('\r\n', at + start.length)).trim();
    return value === '' ? undefined : value;
  };
}
