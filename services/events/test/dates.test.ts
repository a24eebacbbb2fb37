import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { eventually } from '@regie/testing';
import { planner } from './planner.ts';
import { datesIn, decided, facts, openWorld, ops, shortageOf, type World } from './world.ts';

jest.setTimeout(30_000);
let world: World;
beforeAll(async () => { world = await openWorld(); });
afterAll(() => world.end());

type Planner = ReturnType<typeof planner>;
const move = (who: Planner, id: string, days: number, more: object = {}) => who.ask(ops.patchEvent, { params: { id }, body: { ...datesIn(days), ...more } });
/** What was told of an event, in order. */
const toldOf = async (id: string) =>
  (await world.db.query<{ message: string }>('select message from outbox where aggregate_id = $1 order by position', [id]))
    .map(({ message }) => JSON.parse(message));
const { dismantlingAt } = datesIn(60);

describe('new dates of an event', () => {
  test('without reservations apply at once', async () => {
    const ana = planner(world);
    const event = await ana.event();
    expect(await move(ana, event.id, 60)).toMatchObject({ status: 200, etag: '"2"', body: datesIn(60) });
  });

  test('wait until inventory accepts them, then apply with all else that was asked, and are told', async () => {
    const ana = planner(world);
    const { event, rid, line } = await ana.reserved();
    const own = await ana.request(event.id, { equipmentId: uuid7(), quantity: 1, from: event.startAt, to: event.endAt });
    await ana.accept(own.settles, 1);
    await ana.notice(own.settles);

    const asked = await move(ana, event.id, 60, { name: 'Plus tard' });
    expect(asked).toMatchObject(
      { status: 202, location: `/api/events/${event.id}`, settles: expect.any(String), body: { name: event.name, installationAt: event.installationAt } });
    expect(await ana.readEvent(event.id)).toEqual(event);
    expect(await ana.outcome(asked.settles)).toMatchObject({ status: 202, body: { id: event.id, installationAt: event.installationAt } });
    expect(await ana.read(event.id, rid)).toMatchObject({ status: 'requested', lines: [{ from: datesIn(60).installationAt, to: dismantlingAt, status: 'requested' }] });

    // Only the reservation without a period of its own is decided again.
    const order = await ana.accept(asked.settles, 2);
    expect(order.data.reservations).toMatchObject([{ id: rid, revision: 2, lines: [{ id: line.id, from: datesIn(60).installationAt, to: dismantlingAt }] }]);
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 200, etag: '"2"', body: { name: 'Plus tard', ...datesIn(60) } });
    expect(await ana.outcome(asked.settles)).toMatchObject({ status: 200, body: datesIn(60) });
    const told = await toldOf(event.id);
    expect(told.at(-1)).toMatchObject({
      type: 'regie.events.event.changed.v1', sequence: '2', companyid: ana.companyId, actorid: ana.caller.id, causationid: expect.any(String),
      data: { ...datesIn(60), changes: { name: [event.name, 'Plus tard'], startAt: [event.startAt, datesIn(60).startAt] } },
    });
    // They move on with the event.
    expect(await move(ana, event.id, 90)).toMatchObject({ status: 202 });
  });

  test('are decided together: while one reservation is undecided nothing moves', async () => {
    const ana = planner(world);
    const { event } = await ana.reserved();
    const other = await ana.request(event.id);
    await ana.accept(other.settles, 1);
    await ana.notice(other.settles);
    const asked = await move(ana, event.id, 60);
    const order = await world.orderOf(asked.settles);
    expect(order.data.reservations).toHaveLength(2);
    const [first, second] = order.data.reservations;
    await world.tell(facts.reservationReserved, ana.companyId, 2, decided(order, first!, 'accepted'));
    await eventually(() => ana.read(event.id, first!.id), ({ status }) => status === 'reserved');
    expect(await ana.readEvent(event.id)).toEqual(event);
    await world.tell(facts.reservationReserved, ana.companyId, 2, decided(order, second!, 'accepted'));
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 200, body: datesIn(60) });
  });

  test('that are refused leave event and reservations as they were, and say what is short', async () => {
    const ana = planner(world, { language: 'fr' });
    const { event, order: before, rid, line } = await ana.reserved();
    const asked = await move(ana, event.id, 60, { name: 'Jamais' });
    const order = await world.orderOf(asked.settles);
    const shortages = [shortageOf(line.equipmentId)];
    await world.tell(facts.reservationRejected, ana.companyId, 2, decided(before, before.data.reservations[0]!, 'refused', { revision: 2, settlementId: order.id, shortages }));
    expect(await ana.notice(asked.settles))
      .toMatchObject({ status: 409, body: { code: 'event.dates-unavailable', shortages, detail: expect.stringContaining('garde ses dates') } });
    expect(await ana.readEvent(event.id)).toEqual(event);
    expect(await ana.read(event.id, rid)).toMatchObject({ status: 'reserved', lines: [{ from: event.installationAt }] });
    expect(await toldOf(event.id)).toHaveLength(1);
    // Nothing is pending any more: other dates may be asked for.
    expect(await move(ana, event.id, 61)).toMatchObject({ status: 202 });
  });

  test('are not asked for while others, or reservations, are undecided; other changes are', async () => {
    const ana = planner(world);
    const { event, rid } = await ana.reserved();
    await move(ana, event.id, 60);
    const blocked = { status: 409, body: { code: 'event.lines-undecided', blocking: [rid] } };
    expect(await move(ana, event.id, 61)).toMatchObject(blocked);
    expect(await ana.ask(ops.patchEvent, { params: { id: event.id }, body: { startAt: event.installationAt } })).toMatchObject(blocked);
    expect(await ana.request(event.id)).toMatchObject(blocked);
    expect(await ana.change(event.id, rid, { equipmentId: uuid7(), quantity: 1 })).toMatchObject(blocked);
    expect(await ana.ask(ops.startEvent, { params: { id: event.id }, body: {} })).toMatchObject(blocked);
    expect(await ana.ask(ops.patchEvent, { params: { id: event.id }, body: { notes: 'Accès par la cour' } })).toMatchObject({ status: 200, etag: '"2"' });

    const other = await ana.event();
    const undecided = await ana.request(other.id);
    expect(await move(ana, other.id, 60)).toMatchObject({ status: 409, body: { code: 'event.lines-undecided', blocking: [undecided.body.id] } });
    // The show may begin later within the same days: no line moves by that.
    expect(await ana.ask(ops.patchEvent, { params: { id: other.id }, body: { startAt: other.endAt } })).toMatchObject({ status: 200 });
  });

  test('apply when the reservation that was to move is cancelled meanwhile', async () => {
    const ana = planner(world);
    const { event, rid } = await ana.reserved();
    const asked = await move(ana, event.id, 60);
    const cancel = await ana.cancel(event.id, rid);
    const [dates, gone] = [await world.orderOf(asked.settles), await world.orderOf(cancel.settles)];
    await world.tell(facts.reservationCancelled, ana.companyId, 2, decided(gone, gone.data.reservations[0]!, 'accepted'));
    await world.tell(facts.reservationCancelled, ana.companyId, 3, decided(dates, dates.data.reservations[0]!, 'superseded', { status: 'cancelled', lines: [] }));
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 200, body: datesIn(60) });
  });

  test('do not apply to an event that was cancelled meanwhile', async () => {
    const ana = planner(world);
    const { event } = await ana.reserved();
    const asked = await move(ana, event.id, 60);
    await ana.ask(ops.cancelEvent, { params: { id: event.id }, body: {} });
    await ana.accept(asked.settles, 2);
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 409, body: { code: 'event.state', state: 'cancelled' } });
    expect(await ana.readEvent(event.id)).toMatchObject({ status: 'cancelled', installationAt: event.installationAt });
  });

  test('told twice and together with what is older end the same, once', async () => {
    const ana = planner(world);
    const { event, order: first } = await ana.reserved();
    const asked = await move(ana, event.id, 60);
    const order = await world.orderOf(asked.settles);
    for (let times = 0; times < 3; times++) {
      await world.tell(facts.reservationReserved, ana.companyId, 2, decided(order, order.data.reservations[0]!, 'accepted'));
      await world.tell(facts.reservationReserved, ana.companyId, 1, decided(first, first.data.reservations[0]!, 'accepted'));
    }
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 200 });
    const later = await ana.request(event.id);
    await ana.accept(later.settles, 1);
    await ana.notice(later.settles);
    expect(await toldOf(event.id)).toHaveLength(2);
    expect(await ana.read(event.id, order.data.reservations[0]!.id)).toMatchObject({ lines: [{ from: datesIn(60).installationAt }] });
  });
});
