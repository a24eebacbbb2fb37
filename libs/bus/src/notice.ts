/** "This is decided": told after the owner's commit, to whoever waits. Not kept; who misses it reads. */
import type { Bus } from './connection.ts';
import { answerHeaders, readAnswer, type Heard as Answered, type Served } from './wire.ts';

/** Tells the answer of a settlement to the gateways. */
export function tellDone(bus: Bus, settlementId: string, served: Served): void {
  bus.nc.publish(`done.${settlementId}`, served.body, { headers: answerHeaders(served) });
}

export interface Notices {
  /**
   * The answer of a settlement, as soon as its owner told it.
   * @returns undefined when `timeout` ms went by without
   */
  wait(settlementId: string, timeout: number): Promise<Answered | undefined>;
  close(): void;
}

/** How long a notice that came before its reply is remembered. */
const remembered = 10_000;

export function hearNotices(bus: Bus): Notices {
  const waiting = new Map<string, (answer: Answered) => void>();
  const recent = new Map<string, { answer: Answered; at: number }>();
  const subscription = bus.nc.subscribe('done.>', {
    callback: (error, message) => {
      if (error) return;
      const id = message.subject.slice('done.'.length);
      const answer = readAnswer(message);
      const resolve = waiting.get(id);
      if (resolve) { waiting.delete(id); resolve(answer); return; }
      // The notice may come before the reply that names it.
      recent.set(id, { answer, at: Date.now() });
    },
  });
  const sweep = setInterval(() => {
    for (const [id, { at }] of recent) { if (Date.now() - at < remembered) break; recent.delete(id); }
  }, 1_000);
  sweep.unref();

  return {
    wait(id, timeout) {
      const early = recent.get(id);
      if (early) { recent.delete(id); return Promise.resolve(early.answer); }
      return new Promise((resolve) => {
        const timer = setTimeout(() => { waiting.delete(id); resolve(undefined); }, timeout);
        waiting.set(id, (answer) => { clearTimeout(timer); resolve(answer); });
      });
    },
    close() { clearInterval(sweep); subscription.unsubscribe(); },
  };
}
