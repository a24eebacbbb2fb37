/**
 * Batches of orders, one after the other in the order they are given. Where the company's promises are known and nobody else was there since,
 * a batch is decided before its transaction begins, while the one before it is still being written; the write goes through only if the version of the
 * partition is the one the decision counted on. Whatever else is decided under the lock.
 */
import { transactMany, type Database, type Tx } from '@regie/store';
import { isCurrent, planAhead, type Plan } from './ahead.reactions.ts';
import { openKnown, type Company, type Known } from './known.ts';
import type { Decision } from './settlement.ts';
import type { GivenOrder } from './telling.reactions.ts';

export interface Settling {
  /**
   * Decides a batch. It may be called again before it is done; calls are decided and written in their order.
   * @returns the decisions, once they are committed: none for what was decided before
   */
  settle(orders: readonly GivenOrder[], traceparent?: string): Promise<Decision<GivenOrder>[]>;
  /** Batches so far: decided and written ahead of the lock, decided ahead and then found not to hold, and decided under the lock. */
  readonly counted: Readonly<Record<'ahead' | 'overtaken' | 'locked', number>>;
  /** Lines kept in memory at present. */
  readonly kept: () => number;
}

export type SettleUnderLock = (tx: Tx, orders: readonly GivenOrder[], companies: ReadonlyMap<string, Company>) => Promise<Decision<GivenOrder>[]>;

/** Lines kept in memory at most, of all companies together: some 170 MB. */
const mostLines = 800_000;

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

interface Flight { plan: Plan | undefined; sent: Promise<Date> | undefined }

/**
 * @param underLock decides a batch in a transaction that holds the companies' locks
 * @param known what is kept between batches: of this database, and nobody else's
 */
export function openSettling(db: Database, underLock: SettleUnderLock, known: Known = openKnown(mostLines)): Settling {
  const flights: Flight[] = [];
  const counted = { ahead: 0, overtaken: 0, locked: 0 };
  let tail: Promise<void> = Promise.resolve();
  /** The database's clock, as it was told last: it is followed, and never run ahead of. */
  let clock: { readonly at: number; readonly since: number } | undefined;
  const tick = (now: Date): void => { clock = { at: now.getTime(), since: performance.now() }; };
  const time = (): Date | undefined => clock && new Date(clock.at + Math.floor(performance.now() - clock.since));

  const forget = (companies: readonly (Company | undefined)[]): void => { for (const company of companies) if (company) known.forget(company); };

  const locked = async (orders: readonly GivenOrder[], traceparent: string | undefined): Promise<Decision<GivenOrder>[]> => {
    const ids = [...new Set(orders.map(({ companyId }) => companyId))];
    // Taken out until it is committed: whatever happens in between, they are not taken for true.
    const companies = new Map(ids.map((id) => [id, known.take(id)]));
    const decisions = await transactMany(db, ids, { actorId: null, traceparent }, (tx) => {
      tick(tx.now);
      return underLock(tx, orders, companies);
    });
    for (const company of companies.values()) known.put(company);
    counted.locked++;
    return decisions;
  };

  const plan = (orders: readonly GivenOrder[], traceparent: string | undefined): Plan | undefined => {
    const now = time();
    try {
      return now && planAhead(db, known, orders, now, traceparent);
    } catch {
      // Something of it cannot be written, and may be on the shelves already. Under the lock it fails by itself.
      forget(orders.map(({ companyId }) => known.see(companyId)));
      return undefined;
    }
  };

  const settle: Settling['settle'] = async (orders, traceparent) => {
    const before = tail;
    let landed = (): void => undefined;
    tail = new Promise((resolve) => { landed = resolve; });
    const flight: Flight = { plan: undefined, sent: undefined };
    flights.push(flight);
    const takeOff = (): void => {
      const ahead = flights.slice(0, flights.indexOf(flight));
      // All that is before it must be decided and on its way: then nothing is missing from what is known, and it comes to nothing with what it counts on.
      if (!ahead.every(({ plan, sent }) => plan && sent && isCurrent(plan))) return;
      flight.plan = plan(orders, traceparent);
      flight.sent = flight.plan?.trip.send(ahead.at(-1)?.plan?.trip);
      flight.sent?.catch(() => undefined);
    };
    try {
      // The batch before goes out to the database first; this one is decided while that is at work.
      await turn();
      takeOff();
      await before;
      // On whatever was in the way then it is decided now.
      if (!flight.sent) takeOff();
      if (flight.sent) {
        try {
          tick(await flight.sent);
          counted.ahead++;
          return flight.plan!.decisions;
        } catch {
          // Somebody else was there, something was decided before, or the database is away: the lock tells.
          counted.overtaken++;
        }
      }
      // What it put on the shelves is not in the rows, and the versions are not what it raised them to; of every company, though only one was in the way.
      forget(flight.plan?.companies ?? []);
      flight.plan = flight.sent = undefined;
      return await locked(orders, traceparent);
    } finally {
      flights.splice(flights.indexOf(flight), 1);
      landed();
    }
  };
  return { settle, counted, kept: known.lines };
}
