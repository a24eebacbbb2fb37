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
  /** Takes no more, finishes the batches in hand and acks them. */
  stop(): Promise<void>;
}

export interface Consumption {
  readonly stream?: Stream;
  /** Most messages one `handle` gets. */
  readonly batch?: number;
  /**
   * Batches worked on at once: while one waits for its commit, the next is read and begun. Each is begun after the one before it and acked for itself,
   * so with more than one `handle` must be right whichever of them ends first. 1 unless said.
   */
  readonly inHand?: number;
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

/** A batch is not cut smaller than this to give another hand something to do. */
const leastBatch = 32;

/**
 * Hears a listener's durable until it is stopped, through outages and through the consumer being deleted.
 * Batches are begun in the order of the stream; a message is acked after `handle` returned for it, so what it does must be right when it is done twice.
 */
export function consume(bus: Bus, listener: Listener, { stream = listener.streams[0]!, batch = 256, inHand = 1, ...work }: Consumption): Consuming {
  const loop: Loop = { heardAt: Date.now(), inHand: 0 };
  bus.loops.set(listener.name, loop);
  let waiting: JsMsg[] = [];
  const hands = new Set<readonly JsMsg[]>();
  let messages: ConsumerMessages | undefined;
  let stopping = false;

  /** Keeps the server from delivering again what is only slow here. */
  const working = setInterval(() => { for (const some of [...hands, waiting]) for (const message of some) message.working(); }, ackWaitMs / 3);
  working.unref();
  const counted = (): void => { loop.inHand = [...hands].reduce((sum, { length }) => sum + length, waiting.length); };

  const listen = async (): Promise<void> => {
    while (!stopping) {
      try {
        await ensure(bus, stream, listener);
        const consumer = await bus.js.consumers.get(stream, listener.name);
        messages = await consumer.consume({
          max_messages: batch * (inHand + 1), expires: 10_000, idle_heartbeat: 5_000,
          // Only an array push: parsing happens later, inside a promise, since an exception here deafens the consumer silently.
          callback: (message) => {
            if (stopping) { message.nak(); return; }
            waiting.push(message);
            loop.heardAt = Date.now();
            soon();
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

  /** What cannot be read is put aside; undefined then. */
  const read = (message: JsMsg, aside: Promise<void>[]): [JsMsg, Heard] | undefined => {
    try {
      const { deliveryCount, streamSequence } = message.info;
      return [message, Object.assign(decodeEnvelope(message.data), { bytes: message.data, wireSubject: message.subject, streamSequence, delivery: deliveryCount })];
    } catch (error) {
      aside.push(putAside(message, String(error)));
      return undefined;
    }
  };

  const putAside = async (message: JsMsg, reason: string): Promise<void> => {
    try {
      await work.quarantine({ stream, consumer: listener.name, streamSequence: message.seq, wireSubject: message.subject, bytes: message.data, reason });
      message.term('quarantined');
    } catch (outage) {
      work.onError(outage, []);
      message.nak(pauseAfter(message.info.deliveryCount));
    }
  };

  let idle: (() => void) | undefined;
  /** Reads and handles a batch, then lets the next begin. */
  const begin = async (taken: readonly JsMsg[]): Promise<void> => {
    hands.add(taken);
    try {
      const aside: Promise<void>[] = [];
      const readable = taken.map((message) => read(message, aside)).filter((one) => one !== undefined);
      await Promise.all([settle(readable), ...aside]);
    } finally {
      hands.delete(taken);
    }
    counted();
    loop.heardAt = Math.max(loop.heardAt, Date.now());
    if (waiting.length > 0) soon();
    else if (hands.size === 0) idle?.();
  };

  let due = false;
  /** Begins when what has arrived has been taken from the socket: batches are as large as they can be without waiting. */
  const soon = (): void => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      while (waiting.length > 0 && hands.size < inHand) {
        // An equal share for each hand, or the first would take all there is and leave the others idle.
        const share = Math.ceil([...hands].reduce((sum, { length }) => sum + length, waiting.length) / inHand);
        const taken = waiting.slice(0, Math.min(batch, Math.max(share, leastBatch)));
        waiting = waiting.slice(taken.length);
        void begin(taken);
      }
      counted();
    });
  };

  const listening = listen();
  return {
    async stop() {
      stopping = true;
      // What is buffered and not begun goes back to the server at once.
      const unstarted = waiting;
      waiting = [];
      for (const message of unstarted) message.nak();
      messages?.stop();
      if (hands.size > 0) await new Promise<void>((resolve) => { idle = resolve; });
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
