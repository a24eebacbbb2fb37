/** One durable as a process hears it: opened, watched, and opened again through outages and through being deleted. */
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Subscription } from '@nats-io/nats-core';
import type { Listener } from '@regie/contracts';
import type { Bus, Loop } from './connection.ts';
import { consumerConfig } from './topology.ts';

export interface Source {
  /** Something of it was worked on: it is not deaf. */
  isAlive(): void;
  /** Takes no more; what arrives still goes back to the server. */
  close(): Promise<void>;
}

/** Where the messages go. */
interface Sink {
  /** Messages the server may send ahead. */
  readonly window: number;
  take(message: JsMsg): void;
  /** Messages of it that are taken and not done, for the figures. */
  inHand(): number;
  onError(error: unknown): void;
}

/** Milliseconds until a server that does not answer is given up. */
const longestOpening = 6_000;

/**
 * Hears one durable until it is closed, and makes it again when somebody deleted it.
 * @param stream the durable is of
 * @param listener one slot of it where it has slots, see `partsOf`
 */
export function openSource(bus: Bus, stream: string, listener: Listener, { window, take, inHand, onError }: Sink): Source {
  const loop: Loop = { heardAt: Date.now(), get inHand() { return inHand(); } };
  bus.loops.set(listener.name, loop);
  let messages: ConsumerMessages | undefined;
  let closing = false;
  let hurry: (() => void) | undefined;

  const listen = async (): Promise<void> => {
    while (!closing) {
      try {
        await ensure(bus, stream, listener);
        const consumer = await bus.js.consumers.get(stream, listener.name);
        messages = await consumer.consume({
          max_messages: window, expires: 10_000, idle_heartbeat: 5_000,
          callback: (message) => {
            if (closing) { message.nak(); return; }
            loop.heardAt = Date.now();
            take(message);
          },
        });
        // Closed while it was being opened: left open it would take messages that nobody works on.
        if (closing) { await end(messages); break; }
        for await (const { type } of messages.status()) {
          loop.heardAt = Date.now();
          if (type === 'heartbeats_missed' || type === 'consumer_deleted' || type === 'consumer_not_found' || type === 'stream_not_found') { messages.stop(); break; }
        }
      } catch (error) {
        if (!closing) onError(error);
      }
      if (!closing) await new Promise<void>((resolve) => { hurry = resolve; setTimeout(resolve, 500); });
    }
  };

  const listening = listen();
  return {
    isAlive() { loop.heardAt = Math.max(loop.heardAt, Date.now()); },
    async close() {
      closing = true;
      if (messages) void end(messages);
      hurry?.();
      // One that is still being opened would take messages meanwhile, which nobody works on: on a busy server that lasts.
      const longest = messages ? 1_000 : longestOpening;
      await Promise.race([listening, new Promise((resolve) => { setTimeout(resolve, longest).unref(); })]);
      if (bus.loops.get(listener.name) === loop) bus.loops.delete(listener.name);
    },
  };
}

/**
 * Ends hearing when the server, too, has ended it. The client's own `stop` forgets at once what the server does not know yet: what it still sends would be heard by
 * nobody, and be given to somebody else only when its patience is over, after all that came later.
 */
async function end(messages: ConsumerMessages): Promise<void> {
  const { sub } = messages as unknown as { readonly sub?: Subscription };
  await sub?.drain().catch(() => undefined);
  messages.stop();
}

/** A service may make its own consumers again when somebody deleted them. */
async function ensure(bus: Bus, stream: string, listener: Listener): Promise<void> {
  try {
    await bus.manager.consumers.info(stream, listener.name);
  } catch (error) {
    if (!/not found/i.test(String(error))) throw error;
    await bus.manager.consumers.add(stream, consumerConfig(listener));
  }
}
