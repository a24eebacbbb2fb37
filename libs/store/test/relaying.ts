/** The relay's tests, as a function of the relay: the real one passes them, each broken one must fail its own. */
import { connectBus, type Bus } from '@regie/bus';
import { userFacts } from '@regie/contracts';
import { eventually, freshDatabase, freshNats, type FreshDatabase, type FreshNats } from '@regie/testing';
import pg from 'pg';
import { infrastructureSql, openDatabase, closeDatabase, type startRelay, transact, uuid7, type Database, type Relay, type Told } from '../src/index.ts';

export type StartRelay = typeof startRelay;
export const identityTables = [{ at: 1764000000000, name: 'start', sql: infrastructureSql('identity') }];

/** A database with an outbox, a NATS of its own, and what both of them hold. */
export interface Rig {
  readonly db: FreshDatabase;
  readonly nats: FreshNats;
  readonly bus: Bus;
  readonly store: Database;
  /** Tells facts of one aggregate, one per transaction or all in one; returns the aggregate's id. */
  tell(count: number, options?: { oneByOne?: boolean; aggregate?: string; from?: number; by?: Database }): Promise<string>;
  /** What the stream holds of the aggregate, in its order: the versions. */
  streamed(aggregate: string): Promise<number[]>;
  pending(): Promise<number>;
  drop(): Promise<void>;
}

export async function rig(): Promise<Rig> {
  const [db, nats] = await Promise.all([freshDatabase('identity', identityTables), freshNats()]);
  const bus = await connectBus(nats.url('identity'));
  const provision = await connectBus(nats.url('provision'));
  const store = await openDatabase('identity', db.url, []);
  const companyId = uuid7();
  const streamed = async (aggregate: string): Promise<number[]> => {
    const { state } = await provision.manager.streams.info('FACTS');
    const versions: number[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
      const message = await provision.manager.streams.getMessage('FACTS', { seq });
      const fact = message?.json<{ subject: string; sequence: string }>();
      if (fact?.subject === aggregate) versions.push(Number(fact.sequence));
    }
    return versions;
  };
  return {
    db, nats, bus, store,
    async tell(count, { oneByOne = false, aggregate = uuid7(), from = 1, by = store } = {}) {
      const versions = Array.from({ length: count }, (_, index) => from + index);
      for (const group of oneByOne ? versions.map((version) => [version]) : [versions]) {
        await transact(by, { companyId, actorId: null }, async (tx) => {
          for (const version of group) tx.tell(userFacts.companyChanged, { id: aggregate } as never, { version });
          return Promise.resolve();
        });
      }
      return aggregate;
    },
    // A server that has just come back may not answer yet: nothing is seen then, and the reader asks again.
    streamed: (aggregate) => streamed(aggregate).catch(() => []),
    pending: async () => Number((await db.query<{ n: string }>('select count(*) as n from outbox_pending'))[0]!.n),
    async drop() {
      await closeDatabase(store);
      await Promise.all([bus.nc.close(), provision.nc.close()]);
      await Promise.all([db.drop(), nats.drop()]);
    },
  };
}

/** Waits for a fact, and throws with what was there when it does not come: a broken relay fails here. */
const holds = eventually;
const rising = (count: number) => JSON.stringify(Array.from({ length: count }, (_, index) => index + 1));

/** Everything told reaches its stream, in order, though NATS is away when it is told and comes back killed. */
export async function keepsWhatNatsDidNotTake(start: StartRelay, on: Rig, patience = 15_000): Promise<void> {
  const relay = start(on.bus, on.db.url, () => undefined);
  try {
    await holds(() => relay.status().leading, (leading) => leading);
    const aggregate = await on.tell(3);
    relay.kick();
    await holds(() => on.streamed(aggregate), (versions) => versions.length === 3, patience);
    await on.nats.stop();
    await on.tell(4, { aggregate, from: 4 });
    relay.kick();
    // The relay has tried by now, one way or another: it has failed, or it has thrown away what it should have kept.
    await holds(async () => !relay.status().leading || (await on.pending()) === 0, (tried) => tried, patience);
    await on.nats.start();
    await holds(() => on.streamed(aggregate), (versions) => JSON.stringify(versions) === rising(7), patience);
    await holds(on.pending, (left) => left === 0, patience);
  } finally {
    await relay.stop();
  }
}

/** A window that was stored and whose acknowledgement was lost goes out again under the same ids: no gap, nothing twice, in order. */
export async function repeatsAWindowWithoutEffect(start: StartRelay, on: Rig): Promise<void> {
  const aggregate = await on.tell(1_200, { oneByOne: false });
  const relay = start(on.bus, on.db.url, () => undefined);
  try {
    // In the middle: some windows are acknowledged, one is not.
    await holds(on.pending, (left) => left < 1_200, 15_000);
    await on.nats.restart();
    await holds(on.pending, (left) => left === 0, 30_000);
    const versions = await holds(() => on.streamed(aggregate), (seen) => seen.length > 0);
    if (JSON.stringify(versions) !== rising(1_200)) throw new Error(
      `not 1 to 1200 in order: ${versions.length} versions, ${JSON.stringify(versions.filter((version, index) => version !== index + 1).slice(0, 5))}`);
  } finally {
    await relay.stop();
  }
}

/** Facts of one aggregate told by two processes in turn, of which the relay remembers only its own: they leave in the order they were told in. */
export async function keepsTheOrderOfTheOutbox(start: StartRelay, on: Rig): Promise<void> {
  const relay = start(on.bus, on.db.url, () => undefined);
  const other = await openDatabase('identity', on.db.url, []);
  const told: Told[] = [];
  on.store.onTold = (own) => void told.push(...own);
  try {
    await holds(() => relay.status().leading, (leading) => leading);
    const aggregate = await on.tell(2);
    await on.tell(2, { aggregate, from: 3, by: other });
    await on.tell(2, { aggregate, from: 5 });
    relay.kick(told);
    const versions = await holds(() => on.streamed(aggregate), (seen) => seen.length === 6);
    if (JSON.stringify(versions) !== rising(6)) throw new Error(`out of order: ${JSON.stringify(versions)}`);
  } finally {
    on.store.onTold = () => undefined;
    await closeDatabase(other);
    await relay.stop();
  }
}

/** A relay in the middle of a round: it has sent one message, and cannot take it off what is pending until it is let go. What is told meanwhile is not read yet. */
export async function inTheMiddle(start: StartRelay, on: Rig): Promise<{ readonly relay: Relay; letGo(): Promise<void> }> {
  const aggregate = await on.tell(1);
  const holding = new pg.Client({ connectionString: on.db.ownerUrl });
  await holding.connect();
  await holding.query('begin; select 1 from outbox_pending for update');
  const relay = start(on.bus, on.db.url, () => undefined);
  await holds(() => on.streamed(aggregate), (versions) => versions.length === 1);
  return { relay, letGo: () => holding.end() };
}

/** Facts told by the relay's process and by another one, whose rows are changed before the relay looks: what arrives changed was read back. */
export async function readsBackOnlyWhatOthersTold(start: StartRelay, on: Rig): Promise<void> {
  const other = await openDatabase('identity', on.db.url, []);
  const { relay, letGo } = await inTheMiddle(start, on);
  const told: Told[] = [];
  on.store.onTold = (own) => void told.push(...own);
  try {
    const aggregate = await on.tell(2);
    await on.tell(2, { aggregate, from: 3, by: other });
    await on.tell(2, { aggregate, from: 5 });
    const owner = new pg.Client({ connectionString: on.db.ownerUrl });
    await owner.connect();
    await owner.query(`update outbox set message = replace(message, '"sequence":"', '"sequence":"9') where aggregate_id = $1`, [aggregate]);
    await owner.end();
    relay.kick(told);
    await letGo();
    const versions = await holds(() => on.streamed(aggregate), (seen) => seen.length === 6);
    if (JSON.stringify(versions) !== '[1,2,93,94,5,6]') throw new Error(`not only what others told was read back: ${JSON.stringify(versions)}`);
  } finally {
    on.store.onTold = () => undefined;
    await letGo();
    await closeDatabase(other);
    await relay.stop();
  }
}
