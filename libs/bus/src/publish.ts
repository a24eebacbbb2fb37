/** Publishing to streams: a window of messages at once, in order, with one ack inbox of our own. */
import { createInbox, type Msg } from '@nats-io/nats-core';
import type { Bus } from './connection.ts';
import { openFrames } from './frames.ts';
import { header, headersOf } from './headers.ts';

const contentType = header('Content-Type', 'application/cloudevents+json');

/** A message ready to go: its id is what JetStream drops duplicates by. */
export interface Outgoing {
  readonly subject: string;
  readonly id: string;
  readonly message: string | Uint8Array;
}

export interface Publisher {
  /**
   * Publishes all in order and waits until each is stored.
   * @throws when one was not acknowledged in `timeout` ms: then nothing is known of any, and the whole window is to be repeated with the same ids
   */
  publish(window: readonly Outgoing[], timeout?: number): Promise<void>;
  close(): void;
}

/**
 * Why a message was not stored. A refusal may name the stream and a sequence of 0 as an acknowledgement does: what counts is that it is no error
 * and has a sequence. "No responders" (503) is empty.
 */
function refusalIn(answer: Msg): string | undefined {
  if (answer.data.length === 0) return `stream does not answer (${answer.headers?.code ?? 'empty'})`;
  const text = answer.string();
  try {
    const { error, seq } = JSON.parse(text) as { error?: unknown; seq?: number };
    return error === undefined && seq !== undefined && seq > 0 ? undefined : text;
  } catch {
    // Thrown out of a callback it would deafen the whole connection.
    return text;
  }
}

/** Opens an inbox for acks. The connection stays the caller's. */
export function openPublisher(bus: Bus): Publisher {
  const inbox = `${createInbox(`_INBOX.${bus.user}`)}.`;
  /** Subjects to be answered at, of windows that were answered whole: the server remembers those it has seen, and new ones cost it more. */
  const free: string[] = [];
  let rounds = 0;
  const frames = openFrames(bus.nc);
  /** Windows under way; two at once do not get in each other's way, but nothing is said of their order. */
  const underWay = new Map<string, { left: number; readonly resolve: () => void; readonly reject: (error: Error) => void }>();

  const subscription = bus.nc.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      const window = underWay.get(message.subject.slice(inbox.length));
      if (error || !window) return;
      const refused = refusalIn(message);
      if (refused !== undefined) window.reject(new Error(refused));
      else if (--window.left === 0) window.resolve();
    },
  });

  return {
    async publish(window, timeout = 5_000) {
      if (window.length === 0) return;
      const own = free.pop() ?? (++rounds).toString(36);
      let timer: NodeJS.Timeout | undefined;
      try {
        await new Promise<void>((resolve, reject) => {
          const waiting = { left: window.length, resolve, reject };
          underWay.set(own, waiting);
          timer = setTimeout(() => reject(new Error(`${waiting.left} of ${window.length} messages not acknowledged`)), timeout);
          const reply = inbox + own;
          // All that may be wrong with one is seen before any is put among the frames: they would leave with the next window.
          const heads = window.map(({ id }) => headersOf(header('Nats-Msg-Id', id) + contentType));
          for (const [place, { subject, message }] of window.entries()) {
            const headers = heads[place]!;
            if (frames.take({ subject, payload: message, headers, reply })) continue;
            frames.leave();
            bus.nc.publish(subject, message, { headers, reply });
          }
          frames.leave();
        });
        free.push(own);
      } finally {
        clearTimeout(timer);
        underWay.delete(own);
      }
    },
    close() { subscription.unsubscribe(); },
  };
}
