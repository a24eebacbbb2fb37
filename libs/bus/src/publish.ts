/** Publishing to streams: a window of messages at once, in order, with one ack inbox of our own. */
import { createInbox, headers } from '@nats-io/nats-core';
import type { Bus } from './connection.ts';

/** A message ready to go: its id is what JetStream drops duplicates by. */
export interface Outgoing {
  readonly subject: string;
  readonly id: string;
  readonly message: string;
}

export interface Publisher {
  /**
   * Publishes all in order and waits until each is stored.
   * @throws when one was not acknowledged in `timeout` ms: then nothing is known of any, and the whole window is to be repeated with the same ids
   */
  publish(window: readonly Outgoing[], timeout?: number): Promise<void>;
  close(): void;
}

/** Opens an inbox for acks. The connection stays the caller's. */
export function openPublisher(bus: Bus): Publisher {
  const inbox = `${createInbox(`_INBOX.${bus.user}`)}.`;
  let round = 0;
  /** Windows under way; two at once do not get in each other's way, but nothing is said of their order. */
  const underWay = new Map<string, { left: number; readonly resolve: () => void; readonly reject: (error: Error) => void }>();

  const subscription = bus.nc.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      const window = underWay.get(message.subject.slice(inbox.length));
      if (error || !window) return;
      // A stored message is acknowledged with its sequence; "no responders" (503) and stream errors are not that.
      const text = message.data.length > 0 ? message.string() : '';
      if (!text.includes('"seq"')) { window.reject(new Error(text || `stream does not answer (${message.headers?.code ?? 'empty'})`)); return; }
      if (--window.left === 0) window.resolve();
    },
  });

  return {
    async publish(window, timeout = 5_000) {
      if (window.length === 0) return;
      const own = (++round).toString(36);
      let timer: NodeJS.Timeout | undefined;
      try {
        await new Promise<void>((resolve, reject) => {
          const waiting = { left: window.length, resolve, reject };
          underWay.set(own, waiting);
          timer = setTimeout(() => reject(new Error(`${waiting.left} of ${window.length} messages not acknowledged`)), timeout);
          for (const { subject, id, message } of window) {
            const sent = headers();
            sent.set('Nats-Msg-Id', id);
            sent.set('Content-Type', 'application/cloudevents+json');
            bus.nc.publish(subject, message, { headers: sent, reply: inbox + own });
          }
        });
      } finally {
        clearTimeout(timer);
        underWay.delete(own);
      }
    },
    close() { subscription.unsubscribe(); },
  };
}
