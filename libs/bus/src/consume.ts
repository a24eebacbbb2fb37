/** Hears a durable in batches: handle, then ack. What fails is tried again for ever; only what cannot be read is put aside. */
import type { JsMsg } from '@nats-io/jetstream';
import { partsOf, type Listener, type Stream } from '@regie/contracts';
import type { Bus } from './connection.ts';
import { decodeEnvelope, type Envelope } from './envelope.ts';
import { openSource, type Source } from './source.ts';
import { ackWaitMs } from './topology.ts';

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
  /** Hears this slot too, from now on. */
  hold(slot: number): void;
  /** Hears this slot no more; resolves when nothing of it is in hand. */
  letGo(slot: number): Promise<void>;
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
  /** Of a listener with slots: hears none until it is given some by `hold`. Else it hears all. */
  readonly shared?: boolean;
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
/** While the outside is away, a message waits no longer than this: it is not to blame, and is to be done when it is back, before what comes after. */
const longestInOutage = 2_000;

/** Work on another batch is begun beside the first only when it is worth a transaction of its own. */
const worthwhile = 64;

/**
 * Hears a listener's durable until it is stopped, through outages and through the consumer being deleted.
 * Batches are begun in the order of the stream; a message is acked after `handle` returned for it, so what it does must be right when it is done twice.
 */
export function consume(bus: Bus, listener: Listener, { stream = listener.streams[0]!, batch = 256, inHand = 1, shared = false, ...work }: Consumption): Consuming {
  const parts = partsOf(listener);
  const sources = new Map<Listener, Source>();
  let waiting: JsMsg[] = [];
  const hands = new Map<readonly JsMsg[], Promise<void>>();
  let stopping = false;

  /** Keeps the server from delivering again what is only slow here. */
  const working = setInterval(() => { for (const some of [...hands.keys(), waiting]) for (const message of some) message.working(); }, ackWaitMs / 3);
  working.unref();
  const taken = (): number => [...hands.keys()].reduce((sum, { length }) => sum + length, waiting.length);
  const isOf = (name: string) => (message: JsMsg): boolean => message.info.consumer === name;

  const hear = (part: Listener): void => {
    if (stopping || sources.has(part)) return;
    sources.set(part, openSource(bus, stream, part, {
      window: batch * (inHand + 1),
      // Only an array push: parsing happens later, inside a promise, since an exception here deafens the consumer silently.
      take: (message) => { waiting.push(message); soon(); },
      inHand: () => [...hands.keys(), waiting].reduce((sum, some) => sum + some.filter(isOf(part.name)).length, 0),
      onError: (error) => work.onError(error, []),
    }));
  };

  /** Gives back at once what is not begun, and waits for what is. */
  const leave = async (part: Listener): Promise<void> => {
    const source = sources.get(part);
    if (!source) return;
    sources.delete(part);
    const closed = source.close();
    const own = isOf(part.name);
    for (const message of waiting) if (own(message)) message.nak();
    waiting = waiting.filter((message) => !own(message));
    await Promise.all([...hands].filter(([messages]) => messages.some(own)).map(([, done]) => done));
    bus.sender.flush();
    await closed;
  };

  const giveBack = (message: JsMsg, delivery: number, outage: boolean): void => message.nak(Math.min(pauseAfter(delivery), outage ? longestInOutage : Infinity));

  const settle = async (batchOfMessages: readonly [JsMsg, Heard][]): Promise<void> => {
    if (batchOfMessages.length === 0) return;
    try {
      await work.handle(batchOfMessages.map(([, heard]) => heard));
      // One write for all, and for what the work has told.
      bus.sender.together(() => { for (const [message] of batchOfMessages) message.ack(); });
    } catch (error) {
      const outage = work.isOutage(error);
      if (batchOfMessages.length === 1 || outage) {
        work.onError(error, batchOfMessages.map(([, heard]) => heard));
        for (const [message, { delivery }] of batchOfMessages) giveBack(message, delivery, outage);
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
      await work.quarantine({ stream, consumer: message.info.consumer, streamSequence: message.seq, wireSubject: message.subject, bytes: message.data, reason });
      message.term('quarantined');
    } catch (outage) {
      work.onError(outage, []);
      giveBack(message, message.info.deliveryCount, work.isOutage(outage));
    }
  };

  /** Reads and handles a batch, then lets the next begin. */
  const handle = async (messages: JsMsg[]): Promise<void> => {
    try {
      const aside: Promise<void>[] = [];
      const readable = messages.map((message) => read(message, aside)).filter((one) => one !== undefined);
      await Promise.all([settle(readable), ...aside]);
    } catch (error) {
      work.onError(error, []);
    } finally {
      hands.delete(messages);
      // A map's dead tables keep what was in it when they were replaced (docs/adr/0013-no-churned-maps.md): let that be an empty list.
      messages.length = 0;
      for (const source of sources.values()) source.isAlive();
      if (waiting.length > 0) soon();
    }
  };

  let due = false;
  /** Begins when what has arrived has been taken from the socket: batches are as large as they can be without waiting. */
  const soon = (): void => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      const least = Math.min(batch, worthwhile);
      while (waiting.length > 0 && hands.size < inHand && (hands.size === 0 || waiting.length >= least)) {
        // An equal share for each hand, or the first would take all there is and leave the others idle.
        const messages = waiting.slice(0, Math.min(batch, Math.max(Math.ceil(taken() / inHand), least)));
        waiting = waiting.slice(messages.length);
        hands.set(messages, Promise.resolve().then(() => handle(messages)));
      }
    });
  };

  if (!shared) for (const part of parts) hear(part);
  return {
    hold(slot) { hear(parts[slot]!); },
    letGo: (slot) => leave(parts[slot]!),
    async stop() {
      stopping = true;
      await Promise.all(parts.map(leave));
      clearInterval(working);
    },
  };
}
