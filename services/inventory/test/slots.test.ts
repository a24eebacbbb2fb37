import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inventory, slotOf, slotsOf } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { eventually } from '@regie/testing';
import { once } from 'node:events';
import { kill, startProcess } from './processes.ts';
import { aLine, openStage, type Given, type Stage } from './stage.ts';

const slots = slotsOf(inventory.listeners.settle)!;
/** Companies of every slot. */
const companies: string[] = [];
for (let slot = 0; slot < slots;) { const id = uuid7(); if (slotOf(id, slots) === slot) { companies.push(id); slot++; } }

let stage: Stage;
const equipment = new Map<string, string>();
beforeAll(async () => {
  stage = await openStage();
  for (const company of companies) equipment.set(company, await stage.equipment(100_000, { company_id: company }));
});
afterAll(() => stage.drop());

/** How many slots each process hears, as the locks say. */
const shares = async (): Promise<number[]> => (await stage.db.query<{ n: number }>(
  `select count(*) filter (where classid = hashtext('inventory-settle slot')::oid)::int as n from pg_locks
   where locktype = 'advisory' and objsubid = 2 and database = (select oid from pg_database where datname = current_database())
     and classid in (hashtext('inventory-settle slot')::oid, hashtext('inventory-settle present')::oid) group by pid order by n`)).map(({ n }) => n);
const shared = (...expected: number[]) => eventually(shares, (found) => JSON.stringify(found) === JSON.stringify(expected), 15_000);

let asked = 0;
const someOrders = (count: number): Given[] => Array.from({ length: count }, () => {
  const companyId = companies[asked++ % companies.length]!;
  return stage.order([{ lines: [aLine(equipment.get(companyId)!, 1)] }], { companyId });
});

/** Each is decided, and once. */
async function decidedOnce(orders: readonly Given[]): Promise<void> {
  await stage.decided(orders, 30_000);
  const rows = await stage.db.query('select 1 from decision where settlement_id = any($1::uuid[])', [orders.map(({ data }) => data.settlementId)]);
  expect(rows).toHaveLength(orders.length);
}

describe('slots', () => {
  test('all fall to the only process there is', async () => {
    const app = await stage.start();
    await shared(slots);
    const orders = someOrders(40);
    await stage.publish(orders);
    await decidedOnce(orders);
    await stage.stop([app]);
  }, 60_000);

  test('are shared out among two, which decide the orders of each company in the order they were given', async () => {
    const apps = [await stage.start(), await stage.start()];
    await shared(slots / 2, slots / 2);
    const orders = someOrders(400);
    await stage.publish(orders);
    await decidedOnce(orders);
    const given = new Map(orders.map(({ data }, place) => [data.reservations[0]!.id, place]));
    for (const company of companies) {
      const lines = await stage.db.query<{ reservation_id: string }>(
        'select reservation_id from reservation_line where company_id = $1 and reservation_id = any($2::uuid[]) order by decided_seq',
        [company, [...given.keys()]]);
      const places = lines.map(({ reservation_id }) => given.get(reservation_id)!);
      expect(places).toHaveLength(orders.length / companies.length);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
    await stage.stop(apps);
  }, 60_000);

  test('of a process that is killed are heard by the other', async () => {
    const [dying, living] = [await startProcess(stage), await startProcess(stage)];
    await shared(slots / 2, slots / 2);
    const before = someOrders(200);
    await stage.publish(before);
    await kill(dying);
    const after = someOrders(80);
    await stage.publish(after);
    await shared(slots);
    await decidedOnce([...before, ...after]);
    living.kill('SIGTERM');
    await once(living, 'exit');
  }, 90_000);

  test('move while replicas are replaced one after the other, and no order is lost', async () => {
    const given: Given[] = [];
    let rolling = true;
    const giving = (async () => {
      while (rolling) {
        const some = someOrders(16);
        given.push(...some);
        await stage.publish(some);
        await stage.decided(some.slice(0, 1), 30_000);
      }
    })();
    let [one, other] = [await stage.start(), await stage.start()];
    for (let round = 0; round < 2; round++) {
      await shared(slots / 2, slots / 2);
      const next = await stage.start();
      await stage.stop([one]);
      [one, other] = [other, next];
    }
    await shared(slots / 2, slots / 2);
    rolling = false;
    await giving;
    await decidedOnce(given);
    await stage.stop([one, other]);
  }, 120_000);

  test('stay where they are while the database is away for a moment, and are taken again after', async () => {
    const app = await stage.start();
    await shared(slots);
    await stage.db.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'inventory-settle-slots'`);
    const orders = someOrders(40);
    await stage.publish(orders);
    await decidedOnce(orders);
    await shared(slots);
    await stage.stop([app]);
  }, 60_000);
});
