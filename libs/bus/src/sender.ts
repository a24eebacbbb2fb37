/** Messages that leave together: one write to the server for all that one turn of the event loop has to say. A write for each costs more than all else of it. */
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';

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
  /** Sends what is waiting now. */
  flush(): void;
}

/** One of a connection: what goes through two leaves in two writes. Errors come through `failed` of the message, never out of `send`. */
export function openSender(nc: NatsConnection): Sender {
  let waiting: Message[] = [];
  const flush = (): void => {
    const leaving = waiting;
    waiting = [];
    for (const message of leaving) {
      const { subject, payload, headers, reply } = message;
      try {
        nc.publish(subject, payload, reply === undefined ? { headers } : { headers, reply });
      } catch {
        message.failed?.(message);
      }
    }
  };
  return {
    // Everything that came in over the network in this turn has been handled when it runs.
    send(message) { if (waiting.push(message) === 1) setImmediate(flush); },
    flush,
  };
}
