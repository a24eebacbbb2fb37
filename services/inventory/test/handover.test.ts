import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inventory } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { aCaller, eventually } from '@regie/testing';
import { aLine, at, fromNow, openStage, type DecidedFact, type Stage } from './stage.ts';
import { sweep } from './sweep.ts';

let stage: Stage;
beforeAll(async () => { stage = await openStage(); await stage.start(); });
afterAll(() => stage.drop());

const {
  deliverReservation, returnReservation, getReservation, listReservations, queryAvailability,
  getAvailability, getTimeline, listMaintenance, listLosses, findLoss, writeOffLoss, listStatusHistory,
} = inventory.operations;
const deliver = (id: string, body: object = {}) => stage.ask(deliverReservation, { params: { id }, body });
const takeBack = (id: string, body: object = {}) => stage.ask(returnReservation, { params: { id }, body });
const freeOf = async (equipmentId: string, from: string, to: string): Promise<number> =>
  (await stage.ask(queryAvailability, { body: { from, to, lines: [{ equipmentId, quantity: 1 }] } })).body.lines[0].free;
/** An event that is under way. */
const going = (equipmentId: string, quantity: number): Promise<DecidedFact> => stage.settle({ lines: [aLine(equipmentId, quantity, fromNow(-1), fromNow(5))] });
/** The clock of one reservation moved on: it was all some hours earlier. */
const later = (id: string, hours: number) => stage.db.query(`update reservation_line
  set asked_from = asked_from - $2::interval, asked_to = asked_to - $2::interval, starts_at = starts_at - $2::interval,
  ends_at = ends_at - $2::interval, out_since = out_since - $2::interval where reservation_id = $1`, [id, `${hours} hours`]);
const becomesDue = (id: string) => stage.db.query(`update due set due_at = now() where reservation_id = $1`, [id]);

describe('handing out and taking back', () => {
  test('by quantity, in parts, with every step told once', async () => {
    const equipmentId = await stage.equipment(10);
    const { id, lines: [line] } = await going(equipmentId, 8);
    expect(await deliver(id, { lines: [{ lineId: line!.id, quantity: 3 }] })).toMatchObject(
      { status: 200, etag: '"2"', body: { status: 'reserved', lines: [{ status: 'reserved', delivered: 3 }], maintenanceIds: [], lossIds: [] } });
    expect(await deliver(id, { lines: [{ lineId: line!.id, quantity: 6 }] })).toMatchObject({ status: 422, body: { code: 'reservation.more-than-out' } });
    expect(await deliver(id)).toMatchObject({ body: { status: 'delivered', lines: [{ status: 'delivered', delivered: 8 }] } });
    expect(await deliver(id)).toMatchObject({ status: 409, body: { code: 'reservation.state' } });
    expect(await takeBack(id, { lines: [{ lineId: line!.id, quantity: 9 }] })).toMatchObject({ status: 422, body: { code: 'reservation.more-than-out' } });
    expect(await takeBack(id, { lines: [{ lineId: line!.id, quantity: 5 }] })).toMatchObject({ body: { status: 'delivered', lines: [{ returned: 5 }] } });
    // What came back frees the rest of the period.
    expect(await freeOf(equipmentId, fromNow(1), fromNow(2))).toBe(7);
    expect(await takeBack(id)).toMatchObject({ etag: '"5"', body: { status: 'returned', lines: [{ status: 'returned', returned: 8, late: false }] } });
    expect(await takeBack(id)).toMatchObject({ status: 409, body: { code: 'reservation.state' } });
    expect((await stage.facts(id)).map(({ type, sequence }) => [type.split('.')[3], sequence]))
      .toEqual([['reserved', '1'], ['delivered', '2'], ['delivered', '3'], ['returned', '4'], ['returned', '5']]);
  });

  test('is refused to another company, for another’s line, and to who read an older version', async () => {
    const { id } = await going(await stage.equipment(2), 1);
    expect((await stage.ask(deliverReservation, { params: { id }, body: {} }, aCaller())).status).toBe(404);
    expect(await deliver(id, { lines: [{ lineId: uuid7(), quantity: 1 }] })).toMatchObject({ status: 404, body: { errors: [{ pointer: '/lines/0/lineId' }] } });
    await deliver(id);
    expect(await stage.ask(returnReservation, { params: { id }, body: {}, ifMatch: '"1"' })).toMatchObject({ status: 412 });
  });

  test('early counts from that instant, and is refused when somebody has it until then', async () => {
    const equipmentId = await stage.equipment(5);
    const first = await stage.settle({ lines: [aLine(equipmentId, 3, fromNow(1), fromNow(10))] });
    const second = await stage.settle({ lines: [aLine(equipmentId, 5, fromNow(20), fromNow(30))] });
    expect(await deliver(second.id)).toMatchObject({ status: 409, body: { code: 'reservation.early-unavailable', lines: [{ equipmentId, requested: 5, available: 2 }] } });
    expect(await deliver(second.id, { lines: [{ lineId: second.lines[0]!.id, quantity: 2 }] })).toMatchObject({ status: 200, body: { status: 'reserved' } });
    expect(await freeOf(equipmentId, fromNow(12), fromNow(13))).toBe(3);
    expect(await stage.settle({ lines: [aLine(equipmentId, 4, fromNow(12), fromNow(13))] })).toMatchObject({ outcome: 'refused' });
    expect(await deliver(first.id)).toMatchObject({ status: 200 });
    expect(await sweep(stage.db)).toEqual([]);
  });

  test('early in several lines at once counts them all', async () => {
    const equipmentId = await stage.equipment(4);
    await stage.settle({ lines: [aLine(equipmentId, 2, fromNow(5), fromNow(10))] });
    const { id, lines: [first] } = await stage.settle({ lines: [aLine(equipmentId, 2, fromNow(10), fromNow(12)), aLine(equipmentId, 2, fromNow(14), fromNow(16))] });
    expect(await deliver(id)).toMatchObject({ status: 409, body: { code: 'reservation.early-unavailable', lines: [{ equipmentId, requested: 2, available: 0 }] } });
    expect(await deliver(id, { lines: [{ lineId: first!.id, quantity: 2 }] })).toMatchObject({ status: 200 });
    expect(await sweep(stage.db)).toEqual([]);
  });

  test('is not put off to a later period over what others are promised until then', async () => {
    const [equipmentId, eventId] = [await stage.equipment(2), uuid7()];
    const line = aLine(equipmentId, 2, fromNow(1), fromNow(2));
    const { id } = await stage.settle({ lines: [line] }, { eventId });
    await deliver(id);
    const other = await stage.settle({ lines: [aLine(equipmentId, 1, fromNow(3), fromNow(4))] });
    expect(other).toMatchObject({ outcome: 'accepted' });
    const later = { ...line, from: fromNow(5), to: fromNow(6) };
    // A still later date would not help: the pieces are out until then.
    expect(await stage.settle({ id, revision: 2, lines: [later] }, { eventId })).toMatchObject({
      outcome: 'refused', shortages: [{ requested: 2, available: 1, nextFreeAt: null, reasons: [{ kind: 'reserved', eventId: other.eventId, quantity: 1 }] }],
    });
    await takeBack(id, { lines: [{ lineId: line.id, quantity: 1 }] });
    expect(await stage.settle({ id, revision: 3, lines: [later] }, { eventId })).toMatchObject({ outcome: 'accepted' });
    expect(await sweep(stage.db)).toEqual([]);
  });

  test('may be written down later, up to a year, never ahead, and nothing comes back before it left', async () => {
    const equipmentId = await stage.equipment(5);
    const { id } = await stage.settle({ lines: [aLine(equipmentId, 2, fromNow(-48), fromNow(-24))] });
    expect(await deliver(id, { at: fromNow(1) })).toMatchObject({ status: 422, body: { code: 'period.invalid' } });
    expect(await deliver(id, { at: fromNow(-9_000) })).toMatchObject({ status: 422, body: { code: 'period.invalid' } });
    expect(await deliver(id)).toMatchObject({ status: 409, body: { code: 'reservation.state' } });
    expect(await deliver(id, { at: fromNow(-40) })).toMatchObject({ status: 200, body: { lines: [{ late: true }] } });
    expect(await takeBack(id, { at: fromNow(-41) })).toMatchObject({ status: 422, body: { code: 'period.invalid' } });
    expect(await takeBack(id, { at: fromNow(-25) })).toMatchObject({ status: 200, body: { status: 'returned' } });
  });

  test('damaged opens a repair and missing a loss, in the same step, and both are out of service', async () => {
    const equipmentId = await stage.equipment(10);
    const { id, lines: [line] } = await going(equipmentId, 6);
    await deliver(id);
    const { body } = await takeBack(id, { damaged: [{ lineId: line!.id, quantity: 2, note: 'Membrane torn' }], missing: [{ lineId: line!.id, quantity: 1 }] });
    expect(body).toMatchObject({ status: 'returned', lines: [{ returned: 5, damaged: 2, missing: 1 }], maintenanceIds: [expect.any(String)], lossIds: [expect.any(String)] });
    expect((await stage.ask(listMaintenance, { params: { equipmentId } })).body.items)
      .toMatchObject([{ id: body.maintenanceIds[0], quantity: 2, status: 'pending', problem: 'Membrane torn' }]);
    expect((await stage.ask(listLosses, { params: { equipmentId } })).body.items)
      .toMatchObject([{ id: body.lossIds[0], quantity: 1, status: 'open', reservationId: id, lineId: line!.id }]);
    expect(await freeOf(equipmentId, at(0), at(8))).toBe(7);
    expect(await stage.ask(findLoss, { params: { id: body.lossIds[0] }, body: {} })).toMatchObject({ status: 200, body: { status: 'found' } });
    expect(await stage.ask(writeOffLoss, { params: { id: body.lossIds[0] }, body: {} })).toMatchObject({ status: 409, body: { code: 'loss.state' } });
    expect(await freeOf(equipmentId, at(0), at(8))).toBe(8);
    const history = (await stage.ask(listStatusHistory, { params: { id: equipmentId } })).body.items as { quantity: number; cause: { kind: string } }[];
    expect(history.map(({ quantity, cause }) => [quantity, cause.kind])).toEqual([[8, 'loss'], [7, 'reservation'], [4, 'reservation']]);
  });

  test('a loss written off lowers the total', async () => {
    const equipmentId = await stage.equipment(3);
    const { id, lines: [line] } = await going(equipmentId, 3);
    await deliver(id);
    const { body } = await takeBack(id, { missing: [{ lineId: line!.id, quantity: 1 }] });
    expect(await stage.ask(writeOffLoss, { params: { id: body.lossIds[0] }, body: {} })).toMatchObject({ status: 200, body: { status: 'written_off' } });
    expect(await stage.ask(getAvailability, { params: { id: equipmentId, from: at(0), to: at(8) } })).toMatchObject({ body: { total: 2, free: 2 } });
  });
});

describe('late', () => {
  test('two of five pieces are a shortage for those two on the next event at once, and it clears on return', async () => {
    const equipmentId = await stage.equipment(5);
    const { id, lines: [line] } = await stage.settle({ lines: [aLine(equipmentId, 5, fromNow(-6), fromNow(6))] });
    const next = await stage.settle({ lines: [aLine(equipmentId, 5, fromNow(24), fromNow(30))] });
    await deliver(id);
    await takeBack(id, { lines: [{ lineId: line!.id, quantity: 3 }] });
    expect((await stage.ask(getReservation, { params: { id: next.id } })).body.lines).toMatchObject([{ atRisk: false }]);

    await later(id, 7);
    await becomesDue(id);
    await eventually(() => stage.ask(getReservation, { params: { id: next.id } }), ({ body }) => body.lines[0].atRisk, 5_000);
    expect(await stage.db.query('select line_id, short from shortage where equipment_id = $1', [equipmentId])).toEqual([{ line_id: next.lines[0]!.id, short: 2 }]);
    expect((await stage.ask(listReservations, { params: { late: true } })).body.items).toMatchObject([{ id, lines: [{ late: true }] }]);
    expect(await stage.settle({ lines: [aLine(equipmentId, 4, at(0), at(8))] }))
      .toMatchObject({ outcome: 'refused', shortages: [{ available: 3, reasons: [{ kind: 'late', to: null, quantity: 2 }], nextFreeAt: null }] });
    expect(await sweep(stage.db)).toEqual([]);

    expect(await takeBack(id)).toMatchObject({ body: { status: 'returned' } });
    expect((await stage.ask(getReservation, { params: { id: next.id } })).body.lines).toMatchObject([{ atRisk: false }]);
    const risk = (await stage.facts(next.id)).filter(({ type }) => type.includes('risk-changed'));
    expect(risk.map(({ sequence, data }) => [sequence, data.lines[0].atRisk])).toEqual([['2', true], ['3', false]]);
    expect((await stage.facts(id)).map(({ type, data }) => [type.split('.')[3], data.lines[0].late]))
      .toEqual([['reserved', false], ['delivered', false], ['returned', false], ['risk-changed', true], ['returned', false]]);
    expect((await stage.ask(listReservations, { params: { late: true } })).body.items).toEqual([]);
  });

  test('is seen in every company, though another’s turn fails', async () => {
    const first = '00000000-0000-7000-8000-000000000001';
    await stage.db.query(`create function stuck() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$`);
    await stage.db.query(`create trigger stuck before delete on due for each row when (old.company_id = '${first}') execute function stuck()`);
    await stage.db.query('insert into due (company_id, due_at, equipment_id) values ($1, now(), gen_random_uuid())', [first]);
    const { id } = await going(await stage.equipment(2), 2);
    await deliver(id);
    await later(id, 7);
    await becomesDue(id);
    await eventually(() => stage.facts(id), (facts) => facts.some(({ data }) => data.lines[0].late), 5_000);
    await stage.db.query('drop function stuck cascade');
  });
});

describe('what is free', () => {
  test('is answered at every instant, with its peak, and day by day in the company’s zone', async () => {
    const equipmentId = await stage.equipment(6);
    await stage.settle({ lines: [aLine(equipmentId, 2, 4, 10)] });
    await stage.settle({ lines: [aLine(equipmentId, 3, 8, 12)] });
    const { body } = await stage.ask(getAvailability, { params: { id: equipmentId, from: at(0), to: at(20) } });
    expect(body).toMatchObject({
      total: 6, free: 1, peak: 5,
      segments: [[0, 4, 6], [4, 8, 4], [8, 10, 1], [10, 12, 3], [12, 20, 6]].map(([from, to, free]) => ({ from: at(from!), to: at(to!), free })),
    });
    expect(body.days).toEqual([{ date: at(0).slice(0, 10), free: 1, reserved: 5, outOfService: 0 }]);
    const timeline = await stage.ask(getTimeline, { params: { from: at(0), to: at(40), category: 'sound', limit: 200 } });
    const { days } = timeline.body.items.find((item: { equipmentId: string }) => item.equipmentId === equipmentId);
    expect(days.map(({ total, free }: { total: number; free: number }) => [total, free])).toEqual([[6, 1], [6, 6]]);
    expect(await stage.ask(getAvailability, { params: { id: equipmentId, from: at(8), to: at(8) } })).toMatchObject({ status: 422, body: { code: 'period.invalid' } });
    expect(await stage.ask(getAvailability, { params: { id: uuid7(), from: at(0), to: at(8) } })).toMatchObject({ status: 404 });
    const withUnknown = { from: at(0), to: at(8), lines: [{ equipmentId, quantity: 6 }, { equipmentId: uuid7(), quantity: 1 }] };
    expect(await stage.ask(queryAvailability, { body: withUnknown }))
      .toMatchObject({ status: 404, body: { errors: [{ pointer: '/lines/1/equipmentId' }] } });
    expect((await stage.ask(queryAvailability, { body: { from: at(0), to: at(10), lines: [{ equipmentId, quantity: 6 }] } })).body.lines)
      .toEqual([{ equipmentId, total: 6, free: 1, requested: 6, short: 5 }]);
  });

  test('reservations are found by event, equipment, status and time', async () => {
    const equipmentId = await stage.equipment(6);
    const [one, two] = [await stage.settle({ lines: [aLine(equipmentId, 1, 0, 4)] }), await stage.settle({ lines: [aLine(equipmentId, 1, 8, 12)] })];
    const found = async (params: object) => ((await stage.ask(listReservations, { params: { equipmentId, ...params } })).body.items as { id: string }[]).map(({ id }) => id);
    expect(await found({})).toEqual([two.id, one.id]);
    expect(await found({ eventId: one.eventId })).toEqual([one.id]);
    expect(await found({ from: at(4), to: at(9) })).toEqual([two.id]);
    expect(await found({ to: at(4) })).toEqual([one.id]);
    expect(await found({ status: 'delivered' })).toEqual([]);
    expect(await stage.ask(listReservations, { params: { from: at(4), to: at(4) } })).toMatchObject({ status: 422 });
  });
});
