/** Messages that leave together: one write to the server for all that one turn of the event loop has to say. A write for each costs more than all else of it. */
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { openFrames } from './frames.ts';

export interface Message {
  readonly subject: string;
  readonly payload: Uint8Array | string;
  readonly headers: MsgHdrs;
  /** Where the answer is to go. */
  readonly reply?: string;
  /** Given the message when it could not be handed to the connection: it is closing, or the message is larger than the server takes. */
  readonly failed?: (message: Message) => void;
}

export interface Sender {
  /** Sends it before this turn of the event loop ends, after those that were given before. */
  send(message: Message): void;
  /** Calls it when the others leave, in its turn: for what is published by somebody else's method. It may not throw but for a connection that is closing. */
  together(publish: () => void): void;
  /** Sends what is waiting now. */
  flush(): void;
}

/** One of a connection: what goes through two leaves in two writes. Errors come through `failed` of the message, never out of `send`. */
export function openSender(nc: NatsConnection): Sender {
  let waiting: (Message | (() => void))[] = [];
  const frames = openFrames(nc);
  const flush = (): void => {
    const leaving = waiting;
    waiting = [];
    for (const one of leaving) {
      try {
        if (typeof one !== 'function' && frames.take(one)) continue;
        frames.leave();
        if (typeof one === 'function') { one(); continue; }
        const { subject, payload, headers, reply } = one;
        nc.publish(subject, payload, reply === undefined ? { headers } : { headers, reply });
      } catch {
        if (typeof one !== 'function') one.failed?.(one);
      }
    }
    frames.leave();
  };
  // Everything that came in over the network in this turn has been handled when it runs.
  const wait = (one: Message | (() => void)): void => { if (waiting.push(one) === 1) setImmediate(flush); };
  return { send: wait, together: wait, flush };
}
