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

export function openPublisher(bus: Bus): Publisher {
  const inbox = `${createInbox(`_INBOX.${bus.user}`)}.`;
  let round = 0;
  let current: { round: string; left: number; resolve: () => void; reject: (error: Error) => void } | undefined;

  const subscription = bus.nc.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      if (error || !current || message.subject.slice(inbox.length) !== current.round) return;
      // A stored message is acknowledged with its sequence; "no responders" (503) and stream errors are not that.
      const text = message.data.length > 0 ? message.string() : '';
      if (!text.includes('"seq"')) { current.reject(new Error(text || `stream does not answer (${message.headers?.code ?? 'empty'})`)); return; }
      if (--current.left === 0) current.resolve();
    },
  });

  return {
    async publish(window, timeout = 5_000) {
      if (window.length === 0) return;
      const own = (++round).toString(36);
      let timer: NodeJS.Timeout | undefined;
      try {
        await new Promise<void>((resolve, reject) => {
          current = { round: own, left: window.length, resolve, reject };
          timer = setTimeout(() => reject(new Error(`${current?.left} of ${window.length} messages not acknowledged`)), timeout);
          for (const { subject, id, message } of window) {
            const sent = headers();
            sent.set('Nats-Msg-Id', id);
            sent.set('Content-Type', 'application/cloudevents+json');
            bus.nc.publish(subject, message, { headers: sent, reply: inbox + own });
          }
        });
      } finally {
        clearTimeout(timer);
        current = undefined;
      }
    },
    close() { subscription.unsubscribe(); },
  };
}
