/** Hears a durable in batches: handle, then ack. What fails is tried again for ever; only what cannot be read is put aside. */
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import type { Listener, Stream } from '@regie/contracts';
import type { Bus, Loop } from './connection.ts';
import { decodeEnvelope, type Envelope } from './envelope.ts';
import { ackWaitMs, consumerConfig } from './topology.ts';

/** A message that was heard and could be read. */
export interface Heard<Data = unknown> extends Envelope<Data> {
  /** Bytes as they were published: the same for ever. */
  readonly bytes: Uint8Array;
  readonly wireSubject: string;
  /** Its place in the stream. */
  readonly streamSequence: number;
  /** 1 the first time. */
  readonly delivery: number;
}

/** What could not be read, for the quarantine. */
export interface Unreadable {
  readonly stream: string;
  readonly consumer: string;
  readonly streamSequence: number;
  readonly wireSubject: string;
  readonly bytes: Uint8Array;
  readonly reason: string;
}

export interface Consuming {
  /** Takes no more, finishes the batch in hand and acks it. */
  stop(): Promise<void>;
}

export interface Consumption {
  readonly stream?: Stream;
  /** Most messages one `handle` gets. */
  readonly batch?: number;
  /** Does the work of a batch in one transaction; when it returns all are acked, when it throws none is. */
  handle(messages: readonly Heard[]): Promise<void>;
  /** Keeps what cannot be read; it is taken off the stream after. */
  quarantine(unreadable: Unreadable): Promise<void>;
  /** Is it the outside that failed (a database away)? Then the batch waits whole; else it is split, to find the one that fails. */
  isOutage(error: unknown): boolean;
  onError(error: unknown, messages: readonly Heard[]): void;
}

/** Pauses before a message is tried again, by delivery, in milliseconds. */
const pauses = [200, 500, 1_000, 2_000, 5_000, 10_000, 30_000];
const pauseAfter = (delivery: number) => pauses[Math.min(delivery, pauses.length) - 1]!;

/**
 * Hears a listener's durable until it is stopped, through outages and through the consumer being deleted.
 * Batches are handled one after the other; a message is acked after `handle` returned for it, so what it does must be right when it is done twice.
 */
export function consume(bus: Bus, listener: Listener, { stream = listener.streams[0]!, batch = 256, ...work }: Consumption): Consuming {
  const loop: Loop = { heardAt: Date.now(), inHand: 0 };
  bus.loops.set(listener.name, loop);
  let waiting: JsMsg[] = [];
  let messages: ConsumerMessages | undefined;
  let stopping = false;
  let wake: (() => void) | undefined;
  const kick = () => { wake?.(); wake = undefined; };

  /** Keeps the server from delivering again what is only slow here. */
  const working = setInterval(() => { for (const message of inHand) message.working(); for (const message of waiting) message.working(); }, ackWaitMs / 3);
  working.unref();
  let inHand: readonly JsMsg[] = [];

  const listen = async (): Promise<void> => {
    while (!stopping) {
      try {
        await ensure(bus, stream, listener);
        const consumer = await bus.js.consumers.get(stream, listener.name);
        messages = await consumer.consume({
          max_messages: batch * 2, expires: 10_000, idle_heartbeat: 5_000,
          // Only an array push: parsing happens inside the promise of the batch, since an exception here deafens the consumer silently.
          callback: (message) => {
            if (stopping) { message.nak(); return; }
            waiting.push(message);
            loop.heardAt = Date.now();
            kick();
          },
        });
        // Stopped while it was being opened: left open it would take messages that nobody works on.
        if (stopping) { messages.stop(); break; }
        for await (const { type } of messages.status()) {
          loop.heardAt = Date.now();
          if (type === 'heartbeats_missed' || type === 'consumer_deleted' || type === 'consumer_not_found' || type === 'stream_not_found') { messages.stop(); break; }
        }
      } catch (error) {
        if (!stopping) work.onError(error, []);
      }
      if (!stopping) await new Promise((resolve) => { setTimeout(resolve, 500); });
    }
  };

  const settle = async (batchOfMessages: readonly [JsMsg, Heard][]): Promise<void> => {
    if (batchOfMessages.length === 0) return;
    try {
      await work.handle(batchOfMessages.map(([, heard]) => heard));
      for (const [message] of batchOfMessages) message.ack();
    } catch (error) {
      if (batchOfMessages.length === 1 || work.isOutage(error)) {
        work.onError(error, batchOfMessages.map(([, heard]) => heard));
        for (const [message, { delivery }] of batchOfMessages) message.nak(pauseAfter(delivery));
        return;
      }
      const half = batchOfMessages.length >> 1;
      await settle(batchOfMessages.slice(0, half));
      await settle(batchOfMessages.slice(half));
    }
  };

  const read = async (message: JsMsg): Promise<[JsMsg, Heard] | undefined> => {
    try {
      const envelope = decodeEnvelope(message.data);
      return [message, { ...envelope, bytes: message.data, wireSubject: message.subject, streamSequence: message.seq, delivery: message.info.deliveryCount }];
    } catch (error) {
      try {
        await work.quarantine({ stream, consumer: listener.name, streamSequence: message.seq, wireSubject: message.subject, bytes: message.data, reason: String(error) });
        message.term('quarantined');
      } catch (outage) {
        work.onError(outage, []);
        message.nak(pauseAfter(message.info.deliveryCount));
      }
      return undefined;
    }
  };

  const drain = async (): Promise<void> => {
    for (;;) {
      if (waiting.length === 0) {
        if (stopping) return;
        await new Promise<void>((resolve) => { wake = resolve; if (waiting.length > 0 || stopping) kick(); });
        continue;
      }
      inHand = waiting.slice(0, batch);
      waiting = waiting.slice(batch);
      loop.inHand = inHand.length + waiting.length;
      const readable = (await Promise.all(inHand.map(read))).filter((one) => one !== undefined);
      await settle(readable);
      inHand = [];
      loop.inHand = waiting.length;
      loop.heardAt = Math.max(loop.heardAt, Date.now());
    }
  };

  const listening = listen();
  const draining = drain();
  return {
    async stop() {
      stopping = true;
      // What is buffered and not begun goes back to the server at once.
      const unstarted = waiting;
      waiting = [];
      for (const message of unstarted) message.nak();
      messages?.stop();
      kick();
      await draining;
      await Promise.race([listening, new Promise((resolve) => { setTimeout(resolve, 1_000).unref(); })]);
      clearInterval(working);
      bus.loops.delete(listener.name);
    },
  };
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
