import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inventory } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { aCaller, eventually } from '@regie/testing';
import { aLine, at, fromNow, openStage, type Stage } from './stage.ts';
import { sweep } from './sweep.ts';

let stage: Stage;
beforeAll(async () => { stage = await openStage(); await Promise.all([stage.start(), stage.start()]); });
afterAll(() => stage.drop());

const {
  openMaintenance, getMaintenance, listMaintenance, patchMaintenance, startMaintenance,
  completeMaintenance, cancelMaintenance, getReservation, queryAvailability, getEquipment,
} = inventory.operations;
const open = (equipmentId: string, body: object = {}) => stage.ask(openMaintenance, { body: { equipmentId, priority: 'medium', problem: 'No sound on the left', ...body } });
const freeOf = async (equipmentId: string, from = at(0), to = at(8)): Promise<number> =>
  (await stage.ask(queryAvailability, { body: { from, to, lines: [{ equipmentId, quantity: 1 }] } })).body.lines[0].free;
const atRisk = async (id: string): Promise<boolean> => (await stage.ask(getReservation, { params: { id } })).body.lines[0].atRisk;

describe('a repair', () => {
  test('goes from pending through progress to completed, told at every step', async () => {
    const equipmentId = await stage.equipment(40);
    const { status, etag, body: { id } } = await open(equipmentId, { quantity: 2, expectedEndAt: at(100) });
    expect([status, etag, await freeOf(equipmentId)]).toEqual([201, '"1"', 38]);
    expect(await stage.ask(patchMaintenance, { params: { id }, body: { cost: { amount: 1_250, currency: 'EUR' }, problem: 'No sound at all' } }))
      .toMatchObject({ status: 200, body: { problem: 'No sound at all', cost: { amount: 1_250 }, expectedEndAt: at(100) } });
    expect(await stage.ask(startMaintenance, { params: { id }, body: {} })).toMatchObject({ status: 200, body: { status: 'in_progress', startedAt: expect.any(String) } });
    expect(await stage.ask(startMaintenance, { params: { id }, body: {} })).toMatchObject({ status: 409, body: { code: 'maintenance.state' } });
    expect(await stage.ask(completeMaintenance, { params: { id }, body: { solution: 'Capacitor', scrapped: 3 } }))
      .toMatchObject({ status: 400, body: { errors: [{ pointer: '/scrapped' }] } });
    expect(await stage.ask(completeMaintenance, { params: { id }, body: { solution: 'One capacitor, one gone', scrapped: 1 } }))
      .toMatchObject({ status: 200, body: { status: 'completed', cost: { amount: 1_250 }, completedAt: expect.any(String) } });
    expect(await stage.ask(cancelMaintenance, { params: { id }, body: { reason: 'Mistake' } })).toMatchObject({ status: 409 });
    expect(await freeOf(equipmentId)).toBe(39);
    expect((await stage.ask(getEquipment, { params: { id: equipmentId } })).body).toMatchObject({ quantityTotal: 39, quantityAvailable: 39, status: 'available' });
    expect((await stage.facts(id)).map(({ type, sequence }) => [type.split('.')[3], sequence])).toEqual([['opened', '1'], ['changed', '2'], ['changed', '3'], ['completed', '4']]);
    expect((await stage.facts(equipmentId)).map(({ type, data }) => [type.split('.')[3], data.changes.quantityTotal])).toEqual([['changed', [40, 39]]]);
  });

  test('without a quantity takes all that are in service, and leaves none available', async () => {
    const equipmentId = await stage.equipment(4);
    await open(equipmentId, { quantity: 1 });
    expect(await open(equipmentId)).toMatchObject({ status: 201, body: { quantity: 3 } });
    expect(await open(equipmentId)).toMatchObject({ status: 409, body: { code: 'maintenance.state' } });
    expect((await stage.ask(getEquipment, { params: { id: equipmentId } })).body).toMatchObject({ status: 'in_maintenance', quantityAvailable: 0, quantityOutOfService: 4 });
  });

  test('of equipment tracked piece by piece names the pieces', async () => {
    const equipmentId = await stage.equipment(3, { tracking: 'serialised' });
    const pieces = [uuid7(), uuid7(), uuid7()];
    for (const [index, id] of pieces.entries())
      await stage.db.query('insert into unit (id, company_id, version, equipment_id, code) values ($1, $2, 1, $3, $4)',
        [id, stage.companyId, equipmentId, `PIECE-${equipmentId}-${index}`]);
    const statusesOf = async () =>
      (await stage.db.query<{ status: string }>('select status from unit where equipment_id = $1 order by code', [equipmentId]))
        .map(({ status }) => status);
    expect(await open(equipmentId, { quantity: 2 })).toMatchObject({ status: 422, body: { code: 'maintenance.units-required' } });
    expect(await open(equipmentId, { unitIds: [uuid7()] })).toMatchObject({ status: 404, body: { errors: [{ pointer: '/unitIds/0' }] } });
    const { body } = await open(equipmentId, { unitIds: pieces.slice(0, 2) });
    expect([body.quantity, await statusesOf()]).toEqual([2, ['in_maintenance', 'in_maintenance', 'in_stock']]);
    await stage.ask(completeMaintenance, { params: { id: body.id }, body: { solution: 'One is beyond help', scrapped: 1 } });
    expect([await freeOf(equipmentId), await statusesOf()]).toEqual([2, ['in_stock', 'retired', 'in_stock']]);
  });

  test('is worked on by the warehouse, and by the technician it is assigned to', async () => {
    const technician = aCaller({ companyId: stage.companyId, roles: ['technician'] });
    await stage.db.query('insert into person (id, company_id, sequence, active) values ($1, $2, 1, true)', [technician.id, stage.companyId]);
    const equipmentId = await stage.equipment(2);
    const [mine, other] = [(await open(equipmentId, { quantity: 1, technicianId: technician.id })).body.id, (await open(equipmentId, { quantity: 1 })).body.id];
    expect(await stage.ask(startMaintenance, { params: { id: other }, body: {} }, technician)).toMatchObject({ status: 403 });
    expect(await stage.ask(startMaintenance, { params: { id: mine }, body: {} }, technician)).toMatchObject({ status: 200 });
    expect(await stage.ask(openMaintenance, { body: { equipmentId, priority: 'low', problem: 'x' } }, technician)).toMatchObject({ status: 403 });
    expect((await stage.ask(listMaintenance, { params: { technicianId: technician.id! } })).body.items).toHaveLength(1);
    expect((await stage.ask(getMaintenance, { params: { id: mine } }, aCaller())).status).toBe(404);
  });

  test('ends after it starts, and not in ten years', async () => {
    const equipmentId = await stage.equipment(2);
    expect(await open(equipmentId, { startsAt: at(5), expectedEndAt: at(5) })).toMatchObject({ status: 422, body: { code: 'period.invalid' } });
    expect(await open(equipmentId, { startsAt: fromNow(24 * 4_000) })).toMatchObject({ status: 422, body: { code: 'period.too-long' } });
    expect(await open(uuid7())).toMatchObject({ status: 404, body: { errors: [{ pointer: '/equipmentId' }] } });
    expect(await open(equipmentId, { quantity: 3 })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/quantity' }] } });
  });
});

describe('promises a repair puts at risk', () => {
  test('are named exactly, the newest first, told once, and cleared when it is cancelled', async () => {
    const equipmentId = await stage.equipment(5);
    const [old, young] = [await stage.settle({ lines: [aLine(equipmentId, 3)] }), await stage.settle({ lines: [aLine(equipmentId, 2)] })];
    const { body } = await open(equipmentId, { quantity: 3 });
    expect(body.atRisk).toEqual([
      { reservationId: old.id, lineId: old.lines[0]!.id, eventId: old.eventId, short: 1 },
      { reservationId: young.id, lineId: young.lines[0]!.id, eventId: young.eventId, short: 2 },
    ]);
    expect([await atRisk(old.id), await atRisk(young.id)]).toEqual([true, true]);
    expect(await sweep(stage.db)).toEqual([]);
    expect(await stage.ask(cancelMaintenance, { params: { id: body.id }, body: { reason: 'It was the cable' } }))
      .toMatchObject({ status: 200, body: { status: 'cancelled', cancelReason: 'It was the cable', atRisk: [] } });
    expect([await atRisk(old.id), await atRisk(young.id)]).toEqual([false, false]);
    expect((await stage.facts(young.id)).map(({ type, sequence }) => [type.split('.')[3], sequence])).toEqual([['reserved', '1'], ['risk-changed', '2'], ['risk-changed', '3']]);
  });

  test('are at ease again when somebody else gives up what he had', async () => {
    const equipmentId = await stage.equipment(5);
    const old = await stage.settle({ lines: [aLine(equipmentId, 3)] });
    const young = await stage.settle({ lines: [aLine(equipmentId, 2)] });
    await open(equipmentId, { quantity: 1 });
    expect([await atRisk(old.id), await atRisk(young.id)]).toEqual([false, true]);
    await stage.settle({ id: old.id, revision: 2, lines: [{ ...aLine(equipmentId, 2), id: old.lines[0]!.id }] }, { eventId: old.eventId });
    await eventually(() => atRisk(young.id), (risk) => !risk);
  });

  test('begin where it is overdue: beyond its expected end it still takes what it took', async () => {
    const equipmentId = await stage.equipment(5);
    const { body } = await open(equipmentId, { quantity: 2, expectedEndAt: fromNow(1) });
    const promised = await stage.settle({ lines: [aLine(equipmentId, 5, fromNow(2), fromNow(4))] });
    expect([promised.outcome, await atRisk(promised.id)]).toEqual(['accepted', false]);
    await stage.db.query(`update maintenance set starts_at = starts_at - interval '2 hours', expected_end_at = now() where id = $1`, [body.id]);
    await stage.db.query('update due set due_at = now() where equipment_id = $1', [equipmentId]);
    await eventually(() => atRisk(promised.id), (risk) => risk);
    expect(await stage.settle({ lines: [aLine(equipmentId, 4)] }))
      .toMatchObject({ outcome: 'refused', shortages: [{ available: 3, reasons: [{ kind: 'maintenance', to: null }] }] });
    await stage.ask(completeMaintenance, { params: { id: body.id }, body: { solution: 'Done' } });
    expect(await atRisk(promised.id)).toBe(false);
    expect((await stage.facts(promised.id)).filter(({ type }) => type.includes('risk-changed'))).toHaveLength(2);
  });
});

test('50 orders, repairs and cancelled repairs at once leave nothing promised that is not there', async () => {
  const equipmentId = await stage.equipment(20);
  const orders = Array.from({ length: 50 }, (_, index) => stage.order([{ lines: [aLine(equipmentId, 1 + (index % 3), index % 7, 10 + (index % 7))] }]));
  const repairs = Array.from({ length: 15 }, async (_, index) => {
    const { body } = await open(equipmentId, { quantity: 1 + (index % 2) });
    if (index % 2 === 0) await stage.ask(cancelMaintenance, { params: { id: body.id }, body: { reason: 'Nothing found' } });
  });
  for (let sent = 0; sent < 50; sent += 10) await stage.publish(orders.slice(sent, sent + 10));
  await Promise.all(repairs);
  await stage.decided(orders);
  expect(await sweep(stage.db)).toEqual([]);
});
