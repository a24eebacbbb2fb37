import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, freshDatabase, type FreshDatabase } from '@regie/testing';
import { atOnce, closeDatabase, infrastructureSql, openDatabase, tenantSql, transactMany, uuid7, type Database, type Trip } from '../src/index.ts';

let db: FreshDatabase, store: Database;
const company = uuid7();
beforeAll(async () => {
  db = await freshDatabase('events', [{
    at: 1764000000000, name: 'start',
    sql: `${infrastructureSql('events')} create table step (
      name text primary key, company_id uuid not null, backend int not null default pg_backend_pid(), place bigint generated always as identity);
      ${tenantSql('events', 'step')}`,
  }]);
  store = await openDatabase('events', db.url, [], { poolSize: 2 });
});
afterAll(async () => { await closeDatabase(store); await db.drop(); });

const tripOf = (name: string): Trip => {
  const trip = atOnce(store, [company], { actorId: null, now: new Date() });
  trip.query({ name: 'step', text: 'insert into step (name, company_id) values ($1, $2)' }, [name, company]);
  return trip;
};
const steps = async (...names: string[]): Promise<string[]> =>
  (await db.query<{ name: string }>('select name from step where name = any($1) order by name', [names])).map(({ name }) => name);
const settled = (sent: readonly Promise<Date>[]): Promise<string[]> => Promise.all(sent.map((one) => one.then(() => 'written', () => 'nothing')));

describe('a trip sent behind another', () => {
  test('is written after it, without waiting for it', async () => {
    const [first, second, third] = [tripOf('a1'), tripOf('a2'), tripOf('a3')];
    const sent = [first.send(), second.send(first), third.send(second)];
    expect(await settled(sent)).toEqual(['written', 'written', 'written']);
    // One after the other, and by the same process of the server.
    expect(await db.query(`select name, backend, row_number() over (order by place)::int as place from step where name like 'a_' order by name`))
      .toEqual(['a1', 'a2', 'a3'].map((name, index) => ({ name, backend: expect.any(Number), place: index + 1 })));
    expect(await db.query(`select 1 from step where name like 'a_' group by backend`)).toHaveLength(1);
  });

  test('is written though that one came to nothing, and leaves its connection as it was', async () => {
    await tripOf('b1').send();
    const [first, second, third] = [tripOf('b1'), tripOf('b2'), tripOf('b3')];
    expect(await settled([first.send(), second.send(first), third.send(second)])).toEqual(['nothing', 'written', 'written']);
    expect(await steps('b1', 'b2', 'b3')).toEqual(['b1', 'b2', 'b3']);
  });

  test('is sent as any other when the one before has arrived', async () => {
    const first = tripOf('d1');
    await first.send();
    await tripOf('d2').send(first);
    expect(await steps('d1', 'd2')).toEqual(['d1', 'd2']);
  });

  test('comes to nothing when their connection breaks', async () => {
    await transactMany(store, [company], { actorId: null }, async (tx) => {
      await tx.query('insert into step (name, company_id) values ($1, $2)', ['e1', company]);
      // The first waits for this one; then its connection is cut.
      const [first, second] = [tripOf('e1'), tripOf('e2')];
      const outcome = settled([first.send(), second.send(first)]);
      await eventually(
        () => db.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
        (cut) => cut.length > 0);
      expect(await outcome).toEqual(['nothing', 'nothing']);
    });
    expect(await steps('e1', 'e2')).toEqual(['e1']);
  });

  test('leaves no connection taken', async () => {
    for (let turn = 0; turn < 6; turn++) {
      const [first, second] = [tripOf(`f${turn}`), tripOf(turn % 2 ? `f${turn}` : `g${turn}`)];
      await settled([first.send(), second.send(first)]);
    }
    await transactMany(store, [company], { actorId: null }, () => transactMany(store, [company], { actorId: null }, () => Promise.resolve()));
  });
});
