/** What this process has told and its relay has still to send: spares reading it back from the database. */
import type { Outgoing } from '@regie/bus';

/** A message as it stands in the outbox. */
export interface Told extends Outgoing {
  /** Its place there. */
  readonly position: number;
}

/** Size of the messages kept at most of one round, of which two are held: characters of texts, bytes of bytes. What does not fit is read from the database. */
const most = 16_000_000;

interface ToldMemory {
  add(told: readonly Told[]): void;
  some(): boolean;
  /** What was told there; undefined when it is not known. */
  at(position: number): Told | undefined;
  /** A round of sending begins: what was told two rounds ago is sent by now, and forgotten. */
  turn(): void;
  clear(): void;
}

/** Forgets early rather than late: nothing depends on it but speed. */
export function rememberTold(): ToldMemory {
  let before = new Map<number, Told>();
  let since = new Map<number, Told>();
  let size = 0;
  const clearSince = (): void => { since = new Map(); size = 0; };
  return {
    add(told) {
      for (const one of told) {
        if (size + one.message.length > most) return;
        size += one.message.length;
        since.set(one.position, one);
      }
    },
    some: () => before.size + since.size > 0,
    at: (position) => before.get(position) ?? since.get(position),
    turn() { before = since; clearSince(); },
    clear() { before = new Map(); clearSince(); },
  };
}
