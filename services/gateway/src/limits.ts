/** How often somebody may ask: counted in Redis for all gateways together, and here as well, so that without Redis nobody may ask without end. */
import type { Redis } from 'ioredis';

export interface Count {
  readonly exceeded: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly reset: number;
}

export interface Limits {
  /** Counts without waiting: what the other gateways counted is known a moment later. */
  note(key: string, limit: number): Count;
  /** Counts and waits for what all gateways counted; while Redis is away, what this one did. For guesses that must not be made in parallel. */
  ask(key: string, limit: number): Promise<Count>;
  readonly size: () => number;
  close(): Promise<void>;
}

const windowMs = 60_000;
/** How often counts are exchanged with Redis, in milliseconds. */
const exchangeEvery = 200;
/** Keys counted apart in one window; whoever comes after them shares one count. */
const maxKeys = 200_000;

interface Counted { /** Counted here and not told yet. */ untold: number; /** What all gateways counted, when last told; at least what this one did. */ known: number }

export function openLimits(redis: Redis, failed: (error: unknown) => void): Limits {
  let window = 0;
  let counts = new Map<string, Counted>();
  let changed = new Map<string, Counted>();
  const at = (now: number): number => Math.floor(now / windowMs);

  const add = (key: string, now: number): Counted => {
    if (at(now) !== window) { window = at(now); counts = new Map(); changed = new Map(); }
    const own = counts.size < maxKeys || counts.has(key) ? key : 'everybody else';
    let counted = counts.get(own);
    if (!counted) counts.set(own, (counted = { untold: 0, known: 0 }));
    counted.untold++;
    changed.set(own, counted);
    return counted;
  };
  const judge = (counted: Counted, limit: number, now: number): Count => {
    const count = counted.known + counted.untold;
    return { exceeded: count > limit, limit, remaining: Math.max(0, limit - count), reset: Math.max(1, Math.ceil(((at(now) + 1) * windowMs - now) / 1_000)) };
  };
  /** Tells Redis what was counted here, and takes over what all counted. */
  const exchange = async (entries: readonly (readonly [string, Counted])[]): Promise<void> => {
    if (entries.length === 0) return;
    const sent = entries.map(([, { untold }]) => untold);
    const pipeline = redis.pipeline();
    for (const [index, [key]] of entries.entries()) {
      const name = `regie:rate:${window}:${key}`;
      pipeline.incrby(name, sent[index]!).pexpire(name, 2 * windowMs);
    }
    for (const [, counted] of entries) { counted.known += counted.untold; counted.untold = 0; }
    const told = await pipeline.exec();
    for (const [index, [, counted]] of entries.entries()) {
      const [error, total] = told?.[index * 2] ?? [new Error('no answer')];
      if (error) throw error;
      counted.known = Math.max(counted.known, Number(total));
    }
  };

  const timer = setInterval(() => {
    const entries = [...changed];
    changed = new Map();
    if (redis.status === 'ready') exchange(entries).catch(failed);
  }, exchangeEvery);
  timer.unref();

  return {
    note(key, limit) {
      const now = Date.now();
      return judge(add(key, now), limit, now);
    },
    async ask(key, limit) {
      const now = Date.now();
      const counted = add(key, now);
      if (redis.status === 'ready') {
        changed.delete(key);
        await exchange([[key, counted]]).catch(failed);
      }
      return judge(counted, limit, now);
    },
    size: () => counts.size,
    async close() {
      clearInterval(timer);
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

/** One key per network that is usually one customer: an IPv6 address by its first half. */
export function addressKey(ip: string): string {
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('%')[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
