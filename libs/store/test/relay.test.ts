import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectBus } from '@regie/bus';
import { userFacts } from '@regie/contracts';
import { eventually } from '@regie/testing';
import pg from 'pg';
import { startRelay, transact, uuid7, type Relay } from '../src/index.ts';
import { clearsFirst } from './controls/clears-first.ts';
import { forgetsWhatWasTold } from './controls/forgets-what-was-told.ts';
import { sendsMemoryFirst } from './controls/sends-memory-first.ts';
import { inTheMiddle, keepsTheOrderOfTheOutbox, keepsWhatNatsDidNotTake, readsBackOnlyWhatOthersTold, repeatsAWindowWithoutEffect, rig, type Rig } from './relaying.ts';

let on: Rig;
beforeAll(async () => { on = await rig(); });
afterAll(() => on.drop());

describe('the relay', () => {
  test('keeps what NATS did not take, and sends it in order when it is back', () => keepsWhatNatsDidNotTake(startRelay, on), 60_000);
  test('one that clears before it publishes fails the same', () => expect(keepsWhatNatsDidNotTake(clearsFirst, on, 4_000)).rejects.toThrow('never held'), 60_000);
  test('repeats a window NATS was killed in, without a gap and without an effect', () => repeatsAWindowWithoutEffect(startRelay, on), 60_000);
  test('sends what it remembers in the order of the outbox, with what other processes told in between', () => keepsTheOrderOfTheOutbox(startRelay, on), 30_000);
  test('one that sends first what it remembers fails the same', () => expect(keepsTheOrderOfTheOutbox(sendsMemoryFirst, on)).rejects.toThrow('out of order'), 30_000);
  test('reads back only what other processes told', () => readsBackOnlyWhatOthersTold(startRelay, on), 30_000);
  test('one that forgets what was told fails the same', () => expect(readsBackOnlyWhatOthersTold(forgetsWhatWasTold, on)).rejects.toThrow('read back'), 30_000);

  test('of two one leads; when it dies the other takes over, whoever commits', async () => {
    const second = await connectBus(on.nats.url('identity'));
    const relays: Relay[] = [startRelay(on.bus, on.db.url, () => undefined), startRelay(second, on.db.url, () => undefined)];
    const leading = () => relays.map((relay) => relay.status().leading);
    await eventually(leading, ([a, b]) => a !== b);
    const first = leading().indexOf(true);
    // The one that does not lead is told of a commit, and wakes the one that does.
    const aggregate = await on.tell(5);
    relays[1 - first]!.kick();
    await eventually(() => on.streamed(aggregate), (versions) => versions.length === 5);

    // Its connection is ended from outside, as a dead process's is.
    await on.db.query(`select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and application_name like '%-relay' and granted and datname = current_database()`);
    await relays[first]!.stop();
    await eventually(leading, (all) => all[1 - first] === true);
    await on.tell(5, { aggregate, from: 6 });
    await eventually(() => on.streamed(aggregate), (versions) => JSON.stringify(versions) === JSON.stringify([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    await relays[1 - first]!.stop();
    await second.nc.close();
  }, 40_000);

  test('sends nothing that was rolled back', async () => {
    const relay = startRelay(on.bus, on.db.url, () => undefined);
    const client = new pg.Client({ connectionString: on.db.url });
    await client.connect();
    await client.query('begin');
    await client.query(`with logged as (insert into outbox (id, aggregate_id, sequence, subject, message)
      values (gen_random_uuid(), gen_random_uuid(), 1, 'evt.x.identity.company.changed.v1', '{}') returning day, position)
      insert into outbox_pending select day, position from logged`);
    await client.query('rollback');
    await client.end();
    const aggregate = await on.tell(1);
    await eventually(() => on.streamed(aggregate), (versions) => versions.length === 1);
    expect(await on.pending()).toBe(0);
    await relay.stop();
  });

  test('is never given what is too large to be sent: that is the error of whoever tells it', async () => {
    const relay = startRelay(on.bus, on.db.url, () => undefined);
    const huge = { id: uuid7(), name: 'é'.repeat(2_100_000) };
    await expect(transact(on.store, { companyId: uuid7(), actorId: null }, (tx) =>
      Promise.resolve(tx.tell(userFacts.companyChanged, huge as never, { version: 1 })))).rejects.toThrow('too large');
    const aggregate = await on.tell(1);
    await eventually(() => on.streamed(aggregate), (versions) => versions.length === 1);
    await relay.stop();
  });

  test('says what is pending and how old it is', async () => {
    // It measures at the end of a round: what was told in the middle of it is pending then.
    const { relay, letGo } = await inTheMiddle(startRelay, on);
    await on.tell(2);
    await letGo();
    const { oldestSeconds } = await eventually(() => relay.status(), ({ pending }) => pending > 0);
    expect(oldestSeconds).toBeGreaterThan(0);
    await eventually(() => relay.status(), ({ leading, pending, oldestSeconds: age }) => leading && pending === 0 && age === 0);
    await relay.stop();
  });
});
