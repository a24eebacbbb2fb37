/** What the gateway asks for itself: keys, and access that ended. */
import type { Bus } from '@regie/bus';
import { subjectOf, type Caller, type Operation, type OutputOf } from '@regie/contracts';
import { randomUUID } from 'node:crypto';

const nobody: Omit<Caller, 'requestId'> = { id: null, companyId: null, roles: [], sessionId: null, ip: '127.0.0.1', userAgent: 'regie-gateway', language: 'en' };
const empty = new Uint8Array();

/**
 * @param timeout milliseconds
 * @throws when it is not answered, or refused
 */
export async function askOwn<Op extends Operation>(bus: Bus, operation: Op, timeout = 2_000): Promise<OutputOf<Op>> {
  const asked = { caller: { ...nobody, requestId: randomUUID() }, params: {}, body: empty, remainingMs: timeout };
  const { status, body } = await bus.asking.ask(subjectOf(operation), asked);
  if (status !== 200) throw new Error(`${operation.name} answered ${status}`);
  return JSON.parse(Buffer.from(body).toString('utf8')) as OutputOf<Op>;
}

export interface Kept {
  /** Asks now, unless it was asked less than `pause` ms ago; many at once share one question. Never throws. */
  readonly refresh: (pause?: number) => Promise<void>;
  readonly close: () => void;
}

/**
 * Keeps something we know from another service fresh: asked at once, every `interval` ms, and quickly again while it fails.
 * @param learn asks and takes the answer over
 */
export function keepFresh(learn: () => Promise<void>, interval: number, failed: (error: unknown) => void): Kept {
  let underWay: Promise<void> | undefined;
  let askedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const ask = async (): Promise<void> => {
    askedAt = Date.now();
    let next = interval;
    try {
      await learn();
    } catch (error) {
      failed(error);
      // Soon again: until it is known, people are turned away.
      next = Math.min(interval, 500);
    }
    underWay = undefined;
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void refresh(), next).unref();
  };
  const refresh = (pause = 0): Promise<void> => {
    if (underWay) return underWay;
    if (closed || Date.now() - askedAt < pause) return Promise.resolve();
    return (underWay = ask());
  };
  void refresh();
  return { refresh, close() { closed = true; clearTimeout(timer); } };
}

/** Milliseconds a request waits for what must be known before anybody is let in: a gateway often starts a moment before identity does. */
const patience = 3_000;

/**
 * Is it known? If not, it is asked for until it is, or patience ends; all who wait share the asking. Once in the life of a process: were identity away for long,
 * all that wait would keep out those who need not be known.
 * @param learn asks once; never throws
 */
export function patient(known: () => boolean, learn: () => Promise<unknown>): () => boolean | Promise<boolean> {
  let waiting: Promise<boolean> | undefined;
  const wait = async (): Promise<boolean> => {
    const end = Date.now() + patience;
    for (;;) {
      await learn();
      if (known() || Date.now() >= end) break;
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    return known();
  };
  return () => known() || (waiting ??= wait());
}
