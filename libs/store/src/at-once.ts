/** A transaction that was put together before it begins: all of it goes out in one trip, and nothing waits for an answer in between. */
import type { PoolClient } from 'pg';
import type { QueryRunner } from 'typeorm';
import type { Database } from './database.ts';
import { factRow, outboxStatement, toldAt, type OutboxEntry } from './outbox.ts';
import { openingForMany, type Patience, type Tx, type Work } from './transact.ts';
import { uuid7 } from './uuid.ts';

export interface Trip extends Pick<Tx, 'tell' | 'now'> {
  /** Adds a statement. Its answer is not seen: one that must find something has to raise an error where it does not. */
  query(statement: { readonly name: string; readonly text: string }, values: readonly unknown[]): void;
  /**
   * Sends it, once.
   * @param behind a trip that was sent before and may not have arrived: this one follows it on its connection without waiting for it, and is written only if that one was
   * @returns the database's time, when it was committed
   * @throws what its first failing statement said: then nothing was written. When the connection broke, nobody knows
   */
  send(behind?: Trip): Promise<Date>;
}

/** A connection, and how many trips are under way on it. */
interface Ride { readonly runner: QueryRunner; readonly client: Promise<PoolClient>; trips: number }

/** What a trip is known by to those behind it. */
interface Taken { readonly id: string; readonly ride: Ride; arrived: boolean }
const taken = new WeakMap<Trip, Taken>();

/** @throws when the one before is known to have come to nothing */
function board(db: Database, before: Taken | undefined): Ride {
  if (before && before.ride.trips > 0) {
    before.ride.trips++;
    return before.ride;
  }
  if (before && !before.arrived) throw new Error('the trip before came to nothing');
  const runner = db.source.createQueryRunner();
  return { runner, client: runner.connect() as Promise<PoolClient>, trips: 1 };
}

/**
 * Opens a trip and leaves word of it on the connection, which the database takes back with all else if it comes to nothing: from that, the next one knows whether to follow.
 * What is divided by then is 0; and it is asked before the new word is left.
 */
const opening = (service: string, companyIds: readonly string[], work: Patience, id: string, behind: string | undefined): string =>
  `${openingForMany(service, companyIds, work)}${behind === undefined ? '' : `, 1 / (current_setting('app.trip', true) is not distinct from '${behind}')::int as follows`}, set_config('app.trip', '${id}', false)`;

/**
 * Begins to put a transaction across companies together; nothing is sent before `send`. For what was decided already: who must read first uses `transactMany`.
 * @param work.now for what is told: the transaction's own time is not known yet
 */
export function atOnce(db: Database, companyIds: readonly string[], work: Omit<Work, 'companyId'> & Patience & { readonly now: Date }): Trip {
  const statements: (readonly [statement: { readonly name: string; readonly text: string }, values: readonly unknown[]])[] = [];
  const entries: OutboxEntry[] = [];
  const { now } = work;
  const id = uuid7();
  const trip: Trip = {
    now,
    query: (statement, values) => void statements.push([statement, values]),
    tell: (fact, state, { version, changes = {}, work: more, companyId = more?.companyId ?? undefined, actorId = more?.actorId === undefined ? work.actorId : more.actorId }) =>
      void entries.push(factRow(db.service, fact, state, { ...work, ...more, version, changes, now, companyId, actorId })),
    async send(behind) {
      // Before anything is sent: a message that cannot be must keep back all the rest.
      const outbox = entries.length > 0 ? outboxStatement(entries) : undefined;
      const before = behind && taken.get(behind);
      if (behind && !before) throw new Error('the trip before was not sent');
      const ride = board(db, before);
      const own: Taken = { id, ride, arrived: false };
      taken.set(trip, own);
      try {
        const client = await ride.client;
        const rows = async ([statement, values]: (typeof statements)[number]): Promise<unknown[]> => (await client.query({ ...statement, values: values as unknown[] })).rows as unknown[];
        const opened = client.query(opening(db.service, [...new Set(companyIds)], work, id, ride === before?.ride ? before.id : undefined)) as unknown as Promise<{ rows: { now: Date }[] }[]>;
        const done = statements.map(rows);
        const told = outbox && (rows(outbox) as Promise<{ position: number }[]>);
        // After a statement that failed this rolls back, and leaves the connection as it was.
        const committed = client.query('commit');
        // All of them are waited for, since each could fail; the first that did is the cause of the others.
        const failed = (await Promise.allSettled([opened, ...done, told, committed])).find((each) => each.status === 'rejected');
        if (failed) throw failed.reason as Error;
        if ((await committed).command !== 'COMMIT') throw new Error('the transaction was rolled back');
        own.arrived = true;
        if (told) db.onTold(toldAt(entries, await told));
        return (await opened).at(-1)!.rows[0]!.now;
      } finally {
        if (--ride.trips === 0) await ride.runner.release();
      }
    },
  };
  return trip;
}
