/** Two real processes decide for one company, each ahead of the lock when it is alone for a while; people hand out, repair and correct in between; one of them dies. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inventory } from '@regie/contracts';
import { eventually } from '@regie/testing';
import { kill, startProcess } from './processes.ts';
import { aLine, fromNow, openStage, type Given, type Stage } from './stage.ts';
import { contradictions, sweep } from './sweep.ts';

const { deliverReservation, openMaintenance, patchEquipment } = inventory.operations;

let stage: Stage;
beforeAll(async () => { stage = await openStage(); });
afterAll(() => stage.drop());

test('they never promise more than there is, and everything is decided once', async () => {
  const processes = [await startProcess(stage), await startProcess(stage)];
  const equipmentIds = await Promise.all([40, 60, 80].map((total) => stage.equipment(total)));
  const orders: Given[] = Array.from({ length: 900 }, (_, index) => stage.order([{ lines: [aLine(equipmentIds[index % 3]!, 1 + (index % 2), index % 60, 4 + (index % 60))] }]));
  const decidedSoFar = async () => (await stage.db.query<{ n: number }>(
    'select count(*)::int as n from decision where settlement_id = any($1::uuid[])', [orders.map(({ data }) => data.settlementId)]))[0]!.n;
  const publishing = (async () => {
    for (let sent = 0; sent < orders.length; sent += 10) {
      await eventually(decidedSoFar, (decided) => decided > sent - 150, 60_000);
      await stage.publish(orders.slice(sent, sent + 10));
    }
  })();
  // What others do, at moments of their own.
  for (const enough of [100, 300, 500]) {
    await eventually(decidedSoFar, (decided) => decided >= enough, 30_000);
    const [handed] = await stage.db.query<{ id: string }>(`select id from reservation where status = 'reserved' order by id offset $1 limit 1`, [enough / 10]) as [{ id: string }];
    expect((await stage.ask(deliverReservation, { params: { id: handed.id } })).status).toBeLessThan(500);
    const repair = { equipmentId: equipmentIds[1]!, quantity: 1, priority: 'low', problem: 'hums', startsAt: fromNow(-1) };
    expect((await stage.ask(openMaintenance, { body: repair })).status).toBe(201);
    await stage.ask(patchEquipment, { params: { id: equipmentIds[0]! }, body: { turnaroundMinutes: enough / 10 } });
    if (enough === 300) { await kill(processes[0]!); processes[0] = await startProcess(stage); }
  }
  await publishing;
  const told = await stage.decided(orders, 60_000);
  expect(told).toHaveLength(900);
  expect(new Set(told.map(({ id }) => id)).size).toBe(900);
  expect(told.filter(({ outcome }) => outcome === 'accepted').length).toBeGreaterThan(300);
  expect(await sweep(stage.db)).toEqual([]);
  expect(await contradictions(stage.db)).toEqual([]);
  for (const child of processes) await kill(child);
}, 120_000);

test('an order that cannot be written keeps none of its batch waiting, decided ahead or not', async () => {
  const app = await stage.start();
  const equipmentId = await stage.equipment(500);
  for (let turn = 0; turn < 4; turn++) await stage.settle({ lines: [aLine(equipmentId, 1)] });
  const orders = Array.from({ length: 60 }, () => stage.order([{ lines: [aLine(equipmentId, 1)] }]));
  // No character of a text, for PostgreSQL.
  const broken = stage.order([{ lines: [aLine(equipmentId, 1)] }], { eventName: 'nul \u0000' });
  await stage.publish([...orders.slice(0, 30), broken, ...orders.slice(30)]);
  expect((await stage.decided(orders)).map(({ outcome }) => outcome)).toEqual(orders.map(() => 'accepted'));
  expect(await stage.db.query('select 1 from decision where settlement_id = $1', [broken.data.settlementId])).toEqual([]);
  expect(await contradictions(stage.db)).toEqual([]);
  await stage.stop([app]);
}, 30_000);
