/**
 * The one line of a request: put together by hand, since it is written more often than all other lines together, and holds nothing that is secret.
 * All other lines are pino's (docs/adr/0010-written-by-hand.md).
 */

export interface RequestLines {
  /** False when the level leaves such lines out: then they need not be put together. */
  readonly on: boolean;
  /**
   * Writes a line of level `info`, between the others in their order.
   * @param fields members of a JSON object, without its braces
   */
  write(fields: string, message: string): void;
}

let millisecond = 0;
let written = '';

/** The time as RFC 3339, written once a millisecond. */
export function isoNow(): string {
  const now = Date.now();
  if (now !== millisecond) {
    millisecond = now;
    written = new Date(now).toISOString();
  }
  return written;
}

/**
 * Opens the writer of such lines.
 * @param service known to be no text that JSON would escape
 */
export const openLines = (service: string, on: boolean, destination: { write(text: string): unknown }): RequestLines => ({
  on,
  write(fields, message) { destination.write(`{"level":"info","time":"${isoNow()}","service":"${service}",${fields},"msg":"${message}"}\n`); },
});

const plain = /^[\w.:/ -]*$/;

/** One member with a comma before it; nothing for what is undefined. */
export function member(name: string, value: string | null | undefined): string {
  if (value === undefined) return '';
  return value === null ? `,"${name}":null` : `,"${name}":${plain.test(value) ? `"${value}"` : JSON.stringify(value)}`;
}
