/** "This is decided": told after the owner's commit, to whoever waits. Not kept; who misses it reads. */
import type { Bus } from './connection.ts';
import { headersIn } from './headers.ts';
import { largestMessage } from './server-config.ts';
import { answerHeaders, readAnswer, type Answered, type Served } from './wire.ts';

/** Tells the answer of a settlement to the gateways. One too large for a message is not told: who waits asks how it stands. */
export function tellDone(bus: Bus, settlementId: string, served: Served): void {
  if (Buffer.byteLength(served.body) > largestMessage) return;
  bus.sender.send({ subject: `done.${settlementId}`, payload: served.body, headers: answerHeaders(served) });
}

export interface Notices {
  /**
   * The answer of a settlement, as soon as its owner told it; any number may wait for one.
   * @returns undefined when `timeout` ms went by without, or waiting was given up
   */
  wait(settlementId: string, timeout: number): Promise<Answered | undefined>;
  /** Lets everybody who waits go at once, and whoever comes later: the process is about to stop. */
  giveUp(): void;
  close(): void;
}

/** How long a notice is remembered: it may come before the reply that names it, and a repeated request may ask for it again. */
const remembered = 10_000;

type Resolve = (answer: Answered | undefined) => void;

/** Hears every notice from now on: those that come before anybody waits for them are remembered a while. */
export function hearNotices(bus: Bus): Notices {
  const waiting = new Map<string, Set<Resolve>>();
  const recent = new Map<string, { answer: Answered; at: number }>();
  let givenUp = false;
  const subscription = bus.nc.subscribe('done.>', {
    callback: (error, message) => {
      if (error) return;
      const id = message.subject.slice('done.'.length);
      // A copy, which `slice` of the bytes of a socket is not: for as long as it is remembered, it would keep all that came in over the connection with it.
      const answer = readAnswer(headersIn(message), new Uint8Array(message.data));
      recent.set(id, { answer, at: Date.now() });
      for (const resolve of waiting.get(id) ?? []) resolve(answer);
    },
  });
  const sweep = setInterval(() => {
    for (const [id, { at }] of recent) { if (Date.now() - at < remembered) break; recent.delete(id); }
  }, 1_000);
  sweep.unref();

  return {
    wait(id, timeout) {
      const early = recent.get(id);
      if (early || givenUp) return Promise.resolve(early?.answer);
      return new Promise((resolve) => {
        const others = waiting.get(id) ?? new Set<Resolve>();
        waiting.set(id, others);
        const done: Resolve = (answer) => {
          clearTimeout(timer);
          others.delete(done);
          if (others.size === 0) waiting.delete(id);
          resolve(answer);
        };
        const timer = setTimeout(done, timeout, undefined);
        others.add(done);
      });
    },
    giveUp() {
      givenUp = true;
      for (const all of [...waiting.values()]) for (const resolve of [...all]) resolve(undefined);
    },
    close() { clearInterval(sweep); subscription.unsubscribe(); },
  };
}
