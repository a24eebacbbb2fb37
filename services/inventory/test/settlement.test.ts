import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inventory } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { aCaller, eventually } from '@regie/testing';
import { parts } from '../src/inventory.ts';
import { rush } from './rush.ts';
import { aLine, at, openStage, type Stage } from './stage.ts';
import { contradictions, sweep } from './sweep.ts';

let stage: Stage;
// Small batches, so that two of the service take turns many times.
const turns = { reactions: { ...parts.reactions, settle: { ...parts.reactions.settle, batch: 16 } } };
beforeAll(async () => {
  stage = await openStage();
  await Promise.all([stage.start(turns), stage.start(turns)]);
});
afterAll(() => stage.drop());

const { queryAvailability, getReservation, openMaintenance } = inventory.operations;
const freeOf = async (equipmentId: string, from = 0, to = 8): Promise<number> =>
  (await stage.ask(queryAvailability, { body: { from: at(from), to: at(to), lines: [{ equipmentId, quantity: 1 }] } })).body.lines[0].free;

describe('300 orders at once for the last 5 pieces, decided by two of the service', () => {
  test('promise exactly what there is, and refuse the others with reasons that are true', async () => {
    const { told, reserved, overPromised, equipmentId } = await rush(stage);
    expect(told).toHaveLength(300);
    expect(overPromised).toEqual([]);
    const [{ taken }] = await stage.db.query<{ taken: number }>(
      `select sum(quantity)::int as taken from reservation_line where equipment_id = $1 and status = 'reserved'`, [equipmentId]) as [{ taken: number }];
    expect(taken).toBe(5);
    const promised = new Map(reserved.map(({ eventId, lines }) => [eventId, lines[0]!.quantity]));
    for (const { outcome, shortages: [shortage], lines } of told) {
      if (outcome === 'accepted') continue;
      expect(shortage!.available).toBeLessThan(lines[0]!.quantity);
      expect(shortage!.reasons.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(5 - shortage!.available);
      for (const reason of shortage!.reasons) expect([reason.kind, reason.quantity, reason.eventName]).toEqual(['reserved', promised.get(reason.eventId!), 'Fête de la musique']);
    }
    expect(await contradictions(stage.db)).toEqual([]);
  });
});

describe('an order', () => {
  test('heard three times is decided once', async () => {
    const equipmentId = await stage.equipment(5);
    const order = stage.order([{ lines: [aLine(equipmentId, 3)] }]);
    // JetStream drops a message id it knows; a republished outbox after a loss of its store comes with new windows.
    await stage.publish([order]);
    await stage.decided([order]);
    await stage.publish([{ ...order, id: uuid7() }, { ...order, id: uuid7() }]);
    await stage.settle({ lines: [] });
    expect(await stage.facts(order.data.reservations[0]!.id)).toHaveLength(1);
    expect(await freeOf(equipmentId)).toBe(2);
  });

  test('of which revisions overtake each other ends with the newest, whatever came first', async () => {
    const equipmentId = await stage.equipment(5);
    const [id, line, eventId] = [uuid7(), aLine(equipmentId, 3), uuid7()];
    const revisions = [1, 2, 3].map((revision) => stage.order([{ id, revision, lines: revision === 3 ? [] : [{ ...line, quantity: 2 + revision }] }], { eventId }));
    await stage.publish([revisions[2]!, revisions[0]!, revisions[1]!]);
    const told = await stage.decided(revisions);
    // Two of the service take them apart as they come: an older one may still be decided first, and after the newest it changes nothing.
    const newest = told.findIndex(({ revision }) => revision === 3);
    expect(told.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(told[newest]).toMatchObject({ outcome: 'accepted', status: 'cancelled' });
    for (const later of told.slice(newest + 1)) expect(later).toMatchObject({ outcome: 'superseded', status: 'cancelled' });
    expect(await freeOf(equipmentId)).toBe(5);
  });

  test('is told and read with its lines in one order, whichever of them changed', async () => {
    const eventId = uuid7();
    const lines = [aLine(await stage.equipment(5), 1), aLine(await stage.equipment(5), 1), aLine(await stage.equipment(5), 1)];
    const { id } = await stage.settle({ lines }, { eventId });
    const told = await stage.settle({ id, revision: 2, lines: lines.with(0, { ...lines[0]!, quantity: 2 }) }, { eventId });
    const { body } = await stage.ask(inventory.operations.getReservation, { params: { id } });
    expect(told.lines).toEqual(body.lines);
    const cancelled = await stage.settle({ id, revision: 3, lines: [] }, { eventId });
    expect(cancelled.lines.map((line) => line.id)).toEqual(told.lines.map((line) => line.id));
  });

  test('may touch another period, and never overlap it', async () => {
    const equipmentId = await stage.equipment(5);
    expect(await stage.settle({ lines: [aLine(equipmentId, 5, 8, 16)] })).toMatchObject({ outcome: 'accepted' });
    expect(await stage.settle({ lines: [aLine(equipmentId, 5, 0, 8)] })).toMatchObject({ outcome: 'accepted' });
    expect(await stage.settle({ lines: [aLine(equipmentId, 5, 16, 24)] })).toMatchObject({ outcome: 'accepted' });
    expect(await stage.settle({ lines: [aLine(equipmentId, 1, 7, 9)] })).toMatchObject({ outcome: 'refused', shortages: [{ available: 0, nextFreeAt: at(24) }] });
  });

  test('longer than two months stands in the way like any other', async () => {
    const equipmentId = await stage.equipment(2);
    expect(await stage.settle({ lines: [aLine(equipmentId, 2, 0, 24 * 100)] })).toMatchObject({ outcome: 'accepted' });
    expect(await stage.settle({ lines: [aLine(equipmentId, 1, 24 * 90, 24 * 91)] })).toMatchObject({ outcome: 'refused', shortages: [{ available: 0, nextFreeAt: at(24 * 100) }] });
    expect(await freeOf(equipmentId, 24 * 90, 24 * 91)).toBe(0);
  });

  test('for part of it keeps what fits and names what does not', async () => {
    const [some, none] = [await stage.equipment(5), await stage.equipment(1)];
    const told = await stage.settle({ allowPartial: true, lines: [aLine(some, 3), aLine(none, 2)] });
    expect(told).toMatchObject({
      outcome: 'accepted', status: 'reserved', lines: [{ equipmentId: some, status: 'reserved' }, { equipmentId: none, status: 'rejected' }],
      shortages: [{ equipmentId: none, requested: 2, available: 1 }],
    });
    const { body } = await stage.ask(getReservation, { params: { id: told.id } });
    expect(body).toMatchObject({ status: 'reserved', lines: told.lines, shortages: told.shortages });
    expect([await freeOf(some), await freeOf(none)]).toEqual([2, 1]);
  });

  test('moves all of an event, or nothing of it', async () => {
    const [speakers, lamps] = [await stage.equipment(5), await stage.equipment(2)];
    const eventId = uuid7();
    const [one, two] = [aLine(speakers, 5), aLine(lamps, 2)];
    const [first, second] = [await stage.settle({ lines: [one] }, { eventId }), await stage.settle({ lines: [two] }, { eventId })];
    await stage.settle({ lines: [aLine(lamps, 1, 24, 32)] });
    const move = (hours: number, revision: number) => stage.order([
      { id: first.id, revision, lines: [{ ...one, from: at(hours), to: at(hours + 8) }] }, { id: second.id, revision, lines: [{ ...two, from: at(hours), to: at(hours + 8) }] },
    ], { eventId });
    const clash = move(24, 2);
    await stage.publish([clash]);
    expect((await stage.decided([clash])).map(({ outcome, status, lines }) => [outcome, status, lines[0]!.from]))
      .toEqual([['refused', 'reserved', at(0)], ['refused', 'reserved', at(0)]]);
    const fits = move(4, 3);
    await stage.publish([fits]);
    expect((await stage.decided([fits])).map(({ outcome, version, lines }) => [outcome, version, lines[0]!.from])).toEqual([['accepted', 3, at(4)], ['accepted', 3, at(4)]]);
    expect([await freeOf(speakers, 0, 4), await freeOf(speakers, 4, 12)]).toEqual([5, 0]);
  });

  test('for equipment of nobody, of another company, or twice in an event is refused for that', async () => {
    const mine = await stage.equipment(5);
    const theirs = await stage.equipment(5, { company_id: aCaller().companyId });
    const ghost = uuid7();
    expect(await stage.settle({ lines: [aLine(mine, 1), aLine(theirs, 1), aLine(ghost, 1)] })).toMatchObject(
      { outcome: 'refused', unknownEquipmentIds: [theirs, ghost], shortages: [], status: 'rejected', lines: [{ status: 'rejected' }, {}, {}] });
    const eventId = uuid7();
    await stage.settle({ lines: [aLine(mine, 1)] }, { eventId });
    expect(await stage.settle({ lines: [aLine(mine, 1, 4, 12)] }, { eventId })).toMatchObject({ outcome: 'refused', duplicateEquipmentIds: [mine] });
    expect(await stage.settle({ lines: [aLine(mine, 1, 8, 12)] }, { eventId })).toMatchObject({ outcome: 'accepted' });
  });

  test('carries its actor, its cause and its company into what is told', async () => {
    const equipmentId = await stage.equipment(1);
    const order = stage.order([{ lines: [aLine(equipmentId, 1)] }]);
    await stage.publish([order]);
    const [told] = await stage.decided([order]);
    expect((await stage.facts(told!.id))[0]).toMatchObject({
      type: 'regie.inventory.reservation.reserved.v1', companyid: stage.companyId, actorid: stage.planner.id,
      causationid: order.id, sequence: '1', data: { changes: { status: [null, 'reserved'] } },
    });
    expect(await stage.ask(getReservation, { params: { id: told!.id } })).toMatchObject({ status: 200, etag: '"1"' });
    expect((await stage.ask(getReservation, { params: { id: told!.id } }, aCaller())).status).toBe(404);
  });
});

describe('a refusal', () => {
  test('offers what really would succeed, of the same subcategory first, never the same thing to two lines', async () => {
    const sub = { subcategory: 'array', category: 'video' };
    const [wanted, second] = [await stage.equipment(1, sub), await stage.equipment(1, sub)];
    const [same, busy, small, elsewhere] =
      [await stage.equipment(4, sub), await stage.equipment(4, sub), await stage.equipment(1, sub), await stage.equipment(4, { category: 'video' })];
    await stage.settle({ lines: [aLine(busy, 2)] });
    const lines = [aLine(wanted, 3), aLine(second, 3)];
    const eventId = uuid7();
    const told = await stage.settle({ lines }, { eventId });
    const offers = told.shortages.map(({ alternatives }) => alternatives.map(({ equipmentId }) => equipmentId));
    expect(offers[0]).toEqual([same, elsewhere]);
    expect(offers.flat()).not.toContain(small);
    expect(new Set(offers.flat()).size).toBe(offers.flat().length);
    const again = await stage.settle({ id: told.id, revision: 2, lines: [{ ...lines[0]!, equipmentId: offers[0]![0]! }] }, { eventId });
    expect(again).toMatchObject({ outcome: 'accepted', status: 'reserved', version: 2 });
  });

  test('names the next date on which all of it is free for as long', async () => {
    const equipmentId = await stage.equipment(5);
    await stage.settle({ lines: [aLine(equipmentId, 4, 0, 10)] });
    await stage.settle({ lines: [aLine(equipmentId, 2, 12, 20)] });
    const told = await stage.settle({ lines: [aLine(equipmentId, 4, 2, 6)] });
    expect(told.shortages).toMatchObject([{ requested: 4, available: 1, nextFreeAt: at(20) }]);
    expect(await stage.settle({ lines: [aLine(equipmentId, 4, 20, 24)] })).toMatchObject({ outcome: 'accepted' });
  });

  test('names no date on which the event has the same equipment already', async () => {
    const [equipmentId, eventId] = [await stage.equipment(5), uuid7()];
    await stage.settle({ lines: [aLine(equipmentId, 1, 12, 14)] }, { eventId });
    await stage.settle({ lines: [aLine(equipmentId, 5, 10, 12)] });
    expect((await stage.settle({ lines: [aLine(equipmentId, 1, 10, 11)] }, { eventId })).shortages).toMatchObject([{ available: 0, nextFreeAt: at(14) }]);
    expect(await stage.settle({ lines: [aLine(equipmentId, 1, 14, 15)] }, { eventId })).toMatchObject({ outcome: 'accepted' });
    // Nor one that another line of the same order is for.
    expect((await stage.settle({ lines: [aLine(equipmentId, 5, 11, 12), aLine(equipmentId, 3, 15, 16)] }, { eventId })).shortages)
      .toMatchObject([{ available: 0, nextFreeAt: at(16) }]);
  });

  test('of everything by everybody, with the longest names there are, is told like any other', async () => {
    const equipment = await Promise.all(Array.from({ length: 200 }, () => stage.equipment(50)));
    const whole = () => equipment.map((equipmentId) => aLine(equipmentId, 1));
    const holders = Array.from({ length: 50 }, () => stage.order([{ lines: whole() }], { eventName: '𝄞'.repeat(200) }));
    await stage.publish(holders);
    await stage.decided(holders, 60_000);
    const told = await stage.settle({ lines: whole() });
    expect(told.shortages).toHaveLength(200);
    for (const { reasons } of told.shortages) expect(reasons.length).toBeGreaterThan(0);
    // Everything behind it leaves too.
    await eventually(() => stage.db.query<{ n: number }>('select count(*)::int as n from outbox_pending'), ([row]) => row!.n === 0, 20_000);
  }, 120_000);

  test('because of a repair says so, and 2 of 40 under repair leave 38', async () => {
    const equipmentId = await stage.equipment(40);
    expect(await stage.ask(openMaintenance, { body: { equipmentId, quantity: 2, priority: 'low', problem: 'Connector loose' } }))
      .toMatchObject({ status: 201, body: { quantity: 2, status: 'pending', atRisk: [] } });
    expect(await freeOf(equipmentId)).toBe(38);
    expect(await stage.settle({ lines: [aLine(equipmentId, 39)] })).toMatchObject(
      { outcome: 'refused', shortages: [{ available: 38, reasons: [{ kind: 'maintenance', eventId: null, to: null, quantity: 2 }] }] });
    expect(await stage.settle({ lines: [aLine(equipmentId, 38)] })).toMatchObject({ outcome: 'accepted' });
  });
});

test('after all of it nothing is promised that is not there, and no reservation contradicts its lines', async () => {
  await eventually(() => stage.db.query('select 1 from outbox_pending'), (rows) => rows.length === 0);
  expect(await sweep(stage.db)).toEqual([]);
  expect(await contradictions(stage.db)).toEqual([]);
});
