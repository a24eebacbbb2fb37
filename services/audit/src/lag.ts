/** How far the trail is behind: asked of the streams every few seconds, shown as a figure and in the readiness. */
import type { Listener } from '@regie/contracts';
import type { App } from '@regie/runtime';

const everyMs = 5_000;
/** Behind by this many it is said in the log. */
const worthSaying = 10_000;

export interface Lag {
  /** Messages told and not yet in the trail, as far as known. */
  behind(): number;
  stop(): Promise<void>;
}

/** Begins to ask. While NATS is away the last answer stands. */
export function watchLag(app: App, listeners: Readonly<Record<string, Listener>>): Lag {
  const waiting = new Map<string, number>();
  const behind = () => [...waiting.values()].reduce((sum, one) => sum + one, 0);
  const look = async (): Promise<void> => {
    for (const { name, streams } of Object.values(listeners)) {
      const info = await app.bus.manager.consumers.info(streams[0]!, name);
      waiting.set(name, info.num_pending + info.num_ack_pending);
    }
    if (behind() >= worthSaying) app.log.warn({ behind: behind() }, 'the trail is behind');
  };
  // NATS away is said by health itself.
  const timer = setInterval(() => void look().catch(() => undefined), everyMs);
  void look().catch(() => undefined);
  app.metrics.gauge('regie_audit_lag_messages', () => [...waiting].map(([consumer, messages]) => [{ consumer }, messages] as const));
  return { behind, stop: () => { clearInterval(timer); return Promise.resolve(); } };
}
