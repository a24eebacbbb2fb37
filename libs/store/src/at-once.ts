/** A transaction that was put together before it begins: all of it goes out in one trip, and nothing waits for an answer in between. */
import type { PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';
import type { Database } from './database.ts';
import { factRow, leaving, type OutboxEntry } from './outbox.ts';
import { openingForMany, type Patience, type Tx, type Work } from './transact.ts';

export interface Trip extends Pick<Tx, 'tell' | 'now'> {
  /** Adds a statement. Its answer is not seen: one that must find something has to raise an error where it does not. */
  query(statement: { readonly name: string; readonly text: string }, values: readonly unknown[]): void;
  /**
   * Sends it, once.
   * @param behind a trip that was sent before and may be under way: this one follows it on its connection without waiting for it. What becomes of
   * that one is no concern of this one
   * @returns the database's time, when it was committed
   * @throws what its first failing statement said: then nothing was written. When the connection broke, nobody knows
   */
  send(behind?: Trip): Promise<Date>;
}

/** A connection, and how many trips are under way on it. */
interface Ride { readonly runner: QueryRunner; readonly client: Promise<PoolClient>; trips: number }

const rides = new WeakMap<Trip, Ride>();

function board(db: Database, shared: Ride | undefined): Ride {
  if (shared && shared.trips > 0) {
    shared.trips++;
    return shared;
  }
  const runner = db.source.createQueryRunner();
  return { runner, client: runner.connect() as Promise<PoolClient>, trips: 1 };
}

/**
 * Begins to put a transaction across companies together; nothing is sent before `send`. For what was decided already: who must read first uses `transactMany`.
 * @param work.now for what is told: the transaction's own time is not known yet
 */
export function atOnce(db: Database, companyIds: readonly string[], work: Omit<Work, 'companyId'> & Patience & { readonly now: Date }): Trip {
  const statements: (readonly [statement: { readonly name: string; readonly text: string }, values: readonly unknown[]])[] = [];
  const entries: OutboxEntry[] = [];
  const { now } = work;
  const trip: Trip = {
    now,
    query: (statement, values) => void statements.push([statement, values]),
    tell: (fact, state, { version, changes = {}, work: more, companyId = more?.companyId ?? undefined, actorId = more?.actorId === undefined ? work.actorId : more.actorId }) =>
      void entries.push(factRow(db.service, fact, state, { ...work, ...more, version, changes, now, companyId, actorId })),
    async send(behind) {
      // Before anything is sent: a message that cannot be must keep back all the rest.
      const outbox = entries.length > 0 ? leaving(entries) : undefined;
      const ride = board(db, behind && rides.get(behind));
      rides.set(trip, ride);
      try {
        const client = await ride.client;
        const rows = async ([statement, values]: (typeof statements)[number]): Promise<unknown[]> =>
          (await client.query({ ...statement, values: values as unknown[] })).rows as unknown[];
        const opened = client.query(openingForMany(db.service, [...new Set(companyIds)], work)) as unknown as Promise<{ rows: { now: Date }[] }[]>;
        const done = statements.map(rows);
        const told = outbox && (rows(outbox.statement) as Promise<{ position: number }[]>);
        // After a statement that failed this rolls back, and leaves the connection as it was.
        const committed = client.query('commit');
        // All of them are waited for, since each could fail; the first that did is the cause of the others.
        const failed = (await Promise.allSettled([opened, ...done, told, committed])).find((each) => each.status === 'rejected');
        if (failed) throw failed.reason as Error;
        if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back');
        if (outbox) db.onTold(outbox.told(await told!));
        return (await opened).at(-1)!.rows[0]!.now;
      } finally {
        if (--ride.trips === 0) await ride.runner.release();
      }
    },
  };
  return trip;
}
