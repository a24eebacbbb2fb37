/** What is decided before the lock is held comes to what the rows would have had it come to, whoever was there in between and whatever went wrong. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { eventually } from '@regie/testing';
import { failing } from './controls/ahead.ts';
import { crowd } from './crowd.ts';
import { openDesk, type Desk } from './desk.ts';
import { afterRollback, behindOneThatFails, overtakings, seenAfter, warmed } from './overtaking.ts';
import { aLine, fromNow } from './stage.ts';
import { contradictions } from './sweep.ts';

let desk: Desk;
beforeAll(async () => { desk = await openDesk(); });
afterAll(() => desk.drop());

const outcomes = (decisions: readonly { readonly outcome: string }[]): string[] => decisions.map(({ outcome }) => outcome);

describe('a writer that nobody disturbs', () => {
  test('decides ahead of the lock what it knows, and two batches are under way at once', async () => {
    const writer = await desk.writer();
    const equipmentId = await desk.equipment(5);
    await warmed(desk, writer, equipmentId);
    const before = { ...writer.counted };
    const orders = Array.from({ length: 6 }, () => desk.order([{ lines: [aLine(equipmentId, 2, 400, 408)] }]));
    const decided = await Promise.all([writer.settle(orders.slice(0, 1)), writer.settle(orders.slice(1, 2)), writer.settle(orders.slice(2))]);
    expect(decided.map(outcomes)).toEqual([['accepted'], ['accepted'], ['refused', 'refused', 'refused', 'refused']]);
    expect(writer.counted).toEqual({ ahead: before.ahead + 2, overtaken: 0, locked: before.locked + 1 });
    expect(before.ahead).toBeGreaterThan(0);
    expect(await desk.db.query(
      'select status from reservation_line where equipment_id = $1 and asked_from = $2', [equipmentId, orders[0]!.reservations[0]!.lines[0]!.from]))
      .toHaveLength(2);
    expect(await contradictions(desk.db)).toEqual([]);
  });

  test('is not fooled by what it took back: an order refused in the middle of a batch leaves the others as they were', async () => {
    const writer = await desk.writer();
    const equipmentId = await desk.equipment(5);
    await warmed(desk, writer, equipmentId);
    const line = (quantity: number) => [aLine(equipmentId, quantity, 500, 508)];
    expect(outcomes(await writer.settle([3, 4, 2].map((quantity) => desk.order([{ lines: line(quantity) }]))))).toEqual(['accepted', 'refused', 'accepted']);
    expect(outcomes(await writer.settle([desk.order([{ lines: line(1) }])]))).toEqual(['refused']);
  });

  test('soon knows what nobody asked it for yet', async () => {
    const writer = await desk.writer();
    const [asked, another, unasked] = [await desk.equipment(5), await desk.equipment(5), await desk.equipment(5)];
    const line = (equipmentId: string, quantity: number) => [desk.order([{ lines: [aLine(equipmentId, quantity, 700, 708)] }])];
    await (await desk.writer()).settle(line(unasked, 3));
    await warmed(desk, writer, asked);
    await writer.settle(line(another, 1));
    const before = { ...writer.counted };
    expect(outcomes(await writer.settle(line(unasked, 2)))).toEqual(['accepted']);
    expect(writer.counted).toEqual({ ...before, ahead: before.ahead + 1 });
    expect(outcomes(await writer.settle(line(unasked, 1)))).toEqual(['refused']);
  });

  test('knows what an event has already, of whichever batch', async () => {
    const writer = await desk.writer();
    const equipmentId = await desk.equipment(5);
    await warmed(desk, writer, equipmentId);
    const eventId = uuid7();
    const order = (from: number) => desk.order([{ lines: [aLine(equipmentId, 1, from, from + 8)] }], { eventId });
    expect(outcomes((await Promise.all([600, 604, 608].map((from) => writer.settle([order(from)])))).flat())).toEqual(['accepted', 'refused', 'accepted']);
  });
});

describe('after somebody else was there', () => {
  test.each(Object.keys(overtakings))('%s: it decides as the rows would have it', async (name) => {
    const { known, rows } = await seenAfter(desk, await desk.writer(), overtakings[name]!);
    expect(known).toHaveLength(5);
    expect(known).toEqual(rows);
  });

  test('equipment that was retired is unknown', async () => {
    const writer = await desk.writer();
    const equipmentId = await desk.equipment(5);
    // All of it is over: what is still promised cannot be retired.
    for (let turn = 1; turn < 5; turn++) await writer.settle([desk.order([{ lines: [aLine(equipmentId, 1, fromNow(-20 * turn), fromNow(-20 * turn + 8))] }])]);
    expect(writer.counted.ahead).toBeGreaterThan(0);
    await desk.operate('archiveEquipment', { id: equipmentId });
    expect(await writer.settle([desk.order([{ lines: [aLine(equipmentId, 1, 900, 908)] }])])).toMatchObject([{ outcome: 'refused', unknownEquipmentIds: [equipmentId] }]);
  });

  test('time alone: what is not back when its period ends is nobody else’s, though no version rose', async () => {
    const writer = await desk.writer();
    const equipmentId = await desk.equipment(5);
    const ends = Date.now() + 2_500;
    const lent = desk.order([{ lines: [aLine(equipmentId, 5, fromNow(-2), new Date(ends).toISOString())] }]);
    await writer.settle([lent]);
    await desk.operate('deliverReservation', { id: lent.reservations[0]!.id });
    for (let turn = 0; turn < 4; turn++) await writer.settle([desk.order([{ lines: [aLine(equipmentId, 1, 10 * turn, 10 * turn + 8)] }])]);
    expect(writer.counted.ahead).toBeGreaterThan(0);
    await eventually(() => Date.now(), (now) => now > ends + 50);
    const order = desk.order([{ lines: [aLine(equipmentId, 1, 700, 708)] }]);
    expect(outcomes(await desk.byRows([order]))).toEqual(['refused']);
    expect(outcomes(await writer.settle([order]))).toEqual(['refused']);
  });
});

describe('an order', () => {
  test('heard again is decided once, in the same batch, in the next, and by another writer', async () => {
    const [one, other] = [await desk.writer(), await desk.writer()];
    const equipmentId = await desk.equipment(5);
    await warmed(desk, one, equipmentId);
    const order = desk.order([{ lines: [aLine(equipmentId, 2, 800, 808)] }]);
    expect(outcomes(await one.settle([order, order]))).toEqual(['accepted']);
    const fresh = desk.order([{ lines: [aLine(equipmentId, 2, 800, 808)] }]);
    expect(outcomes(await one.settle([order, fresh]))).toEqual(['accepted']);
    expect([await one.settle([order]), await other.settle([order, fresh])]).toEqual([[], []]);
    expect(await desk.db.query('select 1 from decision where settlement_id = any($1::uuid[])', [[order.settlementId, fresh.settlementId]])).toHaveLength(2);
    expect(await desk.db.query('select 1 from outbox where aggregate_id = any($1::uuid[])', [[order, fresh].map(({ reservations }) => reservations[0]!.id)])).toHaveLength(2);
    expect(outcomes(await one.settle([desk.order([{ lines: [aLine(equipmentId, 2, 800, 808)] }])]))).toEqual(['refused']);
  });

  test('that its own cancellation overtook is superseded', async () => {
    const writer = await desk.writer();
    const equipmentId = await desk.equipment(5);
    await warmed(desk, writer, equipmentId);
    const [id, eventId] = [uuid7(), uuid7()];
    expect(outcomes(await writer.settle([desk.order([{ id, revision: 2, lines: [] }], { eventId })]))).toEqual(['accepted']);
    expect(outcomes(await writer.settle([desk.order([{ id, lines: [aLine(equipmentId, 5, 820, 828)] }], { eventId })]))).toEqual(['superseded']);
    expect(outcomes(await writer.settle([desk.order([{ lines: [aLine(equipmentId, 5, 820, 828)] }])]))).toEqual(['accepted']);
  });

  test('of equipment that is another company’s is unknown, though the batch sees both', async () => {
    const writer = await desk.writer();
    const [own, companyId] = [await desk.equipment(5), uuid7()];
    const foreign = await desk.equipment(5, { company_id: companyId });
    for (let turn = 0; turn < 4; turn++) {
      const decided = await writer.settle([
        desk.order([{ lines: [aLine(own, 1, turn * 10, turn * 10 + 8)] }]), desk.order([{ lines: [aLine(foreign, 1, turn * 10, turn * 10 + 8)] }], { companyId }),
        desk.order([{ lines: [aLine(foreign, 1, turn * 10, turn * 10 + 8)] }]),
      ]);
      expect(outcomes(decided)).toEqual(['accepted', 'accepted', 'refused']);
    }
  });
});

describe('several writers of one company at once', () => {
  test('promise no more than there is, and decide everything once', async () => {
    const { decided, over } = await crowd(desk, await Promise.all([desk.writer(), desk.writer()]));
    expect(decided).toBe(240);
    expect(over).toEqual([]);
    expect(await contradictions(desk.db)).toEqual([]);
  }, 30_000);
});

describe('when a write fails', () => {
  test.each(['partition-compare', 'decisions-new', 'outbox-append'])('at %s, the batch and the one decided on it are decided again, each once', async (statement) => {
    const { through, arm } = failing(statement);
    const writer = await desk.writer({ through });
    const equipmentId = await desk.equipment(5);
    await warmed(desk, writer, equipmentId);
    const { overtaken } = writer.counted;
    arm();
    const orders = [3, 2, 1].map((quantity) => desk.order([{ lines: [aLine(equipmentId, quantity, 840, 848)] }]));
    const decided = await Promise.all(orders.map((order) => writer.settle([order])));
    expect(decided.map(outcomes)).toEqual([['accepted'], ['accepted'], ['refused']]);
    expect(await desk.db.query('select 1 from decision where settlement_id = any($1::uuid[])', [orders.map(({ settlementId }) => settlementId)])).toHaveLength(3);
    expect([overtaken, writer.counted.overtaken]).toEqual([0, 2]);
  });

  test('by somebody else’s version, the batch sent behind it is not taken for one that counts on that version', async () => {
    expect(await behindOneThatFails(desk, await desk.writer())).toEqual(['accepted', 'refused']);
  });

  test('under the lock, after everything was decided, nothing of it is remembered', async () => {
    expect(await afterRollback(desk)).toEqual(['accepted', 'refused']);
  });
});
