import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { aCaller, atOnce, eventually } from '@regie/testing';
import { planner } from './planner.ts';
import { datesIn, decided, facts, openWorld, ops, reserved, shortageOf, type World } from './world.ts';

jest.setTimeout(30_000);
let world: World;
beforeAll(async () => { world = await openWorld(); });
afterAll(() => world.end());

describe('a request', () => {
  test('is accepted as requested, ordered from inventory, and answered 201 when it is reserved', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const [equipmentId, other] = [uuid7(), uuid7()];
    const own = { from: event.startAt, to: event.endAt };
    const asked = await ana.request(event.id, { equipmentId, quantity: 5 }, { equipmentId: other, quantity: 1, ...own });
    const { id } = asked.body;
    expect(asked).toMatchObject({
      status: 202, settles: expect.any(String), location: `/api/events/${event.id}/reservations/${id}`, etag: '"1"',
      body: {
        eventId: event.id, status: 'requested', requestedBy: ana.caller.id, decidedAt: null, shortages: [],
        lines: [{ equipmentId, quantity: 5, status: 'requested', from: event.installationAt, to: event.dismantlingAt }, { equipmentId: other, ...own }],
      },
    });
    expect(await ana.read(event.id, id)).toEqual(asked.body);
    expect(await ana.outcome(asked.settles)).toMatchObject({ status: 202, body: asked.body, settles: asked.settles, location: asked.location });

    const order = await world.orderOf(asked.settles);
    expect(order).toMatchObject({ type: 'regie.inventory.settle.v1', source: '/events', subject: event.id, companyid: ana.companyId, actorid: ana.caller.id });
    expect(order.data).toEqual({
      settlementId: asked.settles, eventId: event.id, eventName: event.name,
      reservations: [{
        id, revision: 1, allowPartial: false, requestedBy: ana.caller.id,
        lines: asked.body.lines.map(({ id: line, equipmentId: of, quantity, from, to }: any) =>
          ({ id: line, equipmentId: of, kitId: null, quantity, from, to })),
      }],
    });
    const [desired] = order.data.reservations;
    await world.tell(facts.reservationReserved, ana.companyId, 1, decided(order, desired!, 'accepted'));
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 201, location: asked.location, etag: '"3"', body: reserved(order, desired!) });
    expect(await ana.read(event.id, id)).toEqual(reserved(order, desired!));
    expect(await ana.outcome(asked.settles)).toMatchObject({ status: 201, location: asked.location, body: reserved(order, desired!) });
    expect((await ana.ask(ops.listRequests, { params: { id: event.id } })).body).toEqual({ items: [reserved(order, desired!)], nextCursor: null });
  });

  test('that is refused is answered 409 with the shortages, in the language of who asked', async () => {
    const ana = planner(world, { language: 'fr' });
    const event = await ana.event();
    const asked = await ana.request(event.id);
    const order = await world.orderOf(asked.settles);
    const shortages = [shortageOf(asked.body.lines[0].equipmentId)];
    await world.tell(facts.reservationRejected, ana.companyId, 1, decided(order, order.data.reservations[0]!, 'refused', { status: 'rejected', shortages }));
    const told = { status: 409, body: { code: 'reservation.unavailable', title: 'Il n\'y a pas assez de matériel libre', shortages } };
    expect(await ana.notice(asked.settles)).toMatchObject(told);
    expect(await ana.outcome(asked.settles)).toMatchObject(told);
    expect(await ana.read(event.id, asked.body.id)).toMatchObject({ status: 'rejected', shortages });
  });

  test('of unknown equipment is answered 404 with its place, of equipment the event has already 409', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const [known, nobodys] = [uuid7(), uuid7()];
    const one = await ana.request(event.id, { equipmentId: known, quantity: 1 }, { equipmentId: nobodys, quantity: 1 });
    const first = await world.orderOf(one.settles);
    await world.tell(facts.reservationRejected, ana.companyId, 1, decided(first, first.data.reservations[0]!, 'refused', { status: 'rejected', unknownEquipmentIds: [nobodys] }));
    expect(await ana.notice(one.settles)).toMatchObject({ status: 404, body: { code: 'not-found', errors: [{ pointer: '/lines/1/equipmentId' }] } });

    const two = await ana.request(event.id, { equipmentId: known, quantity: 1 });
    const second = await world.orderOf(two.settles);
    await world.tell(facts.reservationRejected, ana.companyId, 1, decided(second, second.data.reservations[0]!, 'refused', { status: 'rejected', duplicateEquipmentIds: [known] }));
    expect(await ana.notice(two.settles)).toMatchObject({ status: 409, body: { code: 'reservation.duplicate', errors: [{ pointer: '/lines/0/equipmentId' }] } });
  });

  test('accepted in part is 201 with its refused lines, which may be asked for again', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const [kept, refused] = [uuid7(), uuid7()];
    const asked = await ana.ask(ops.requestReservation,
      { params: { id: event.id }, body: { allowPartial: true, lines: [{ equipmentId: kept, quantity: 2 }, { equipmentId: refused, quantity: 9 }] } });
    const order = await world.orderOf(asked.settles);
    const [desired] = order.data.reservations;
    expect(desired!.allowPartial).toBe(true);
    const lines = reserved(order, desired!).lines.map((line) => (line.equipmentId === refused ? { ...line, status: 'rejected' as const } : line));
    const state = reserved(order, desired!, { lines, shortages: [shortageOf(refused, 9)] });
    await world.tell(facts.reservationReserved, ana.companyId, 1, decided(order, desired!, 'accepted', state));
    expect(await ana.notice(asked.settles))
      .toMatchObject({ status: 201, body: { lines: [{ status: 'reserved' }, { status: 'rejected' }], shortages: [{ equipmentId: refused }] } });
    expect(await ana.request(event.id, { equipmentId: kept, quantity: 1 })).toMatchObject({ status: 409, body: { code: 'reservation.duplicate', blocking: [asked.body.id] } });
    expect(await ana.request(event.id, { equipmentId: refused, quantity: 2 })).toMatchObject({ status: 202 });
  });

  test('with one key is asked once: repeated, it gives the same id, and its outcome is the decision by then', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const body = { lines: [{ equipmentId: uuid7(), quantity: 1 }] };
    const answers = await atOnce(5, () => ana.ask(ops.requestReservation, { params: { id: event.id }, body, key: 'once' }));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    await ana.accept(answers[0]!.settles, 1);
    await ana.notice(answers[0]!.settles);
    const again = await ana.ask(ops.requestReservation, { params: { id: event.id }, body, key: 'once' });
    expect(again).toMatchObject({ status: 202, replayed: true, settles: answers[0]!.settles, body: { id: answers[0]!.body.id } });
    expect(await ana.outcome(again.settles)).toMatchObject({ status: 201, body: { id: again.body.id, status: 'reserved' } });
    expect(world.orders.filter(({ data }) => data.eventId === event.id)).toHaveLength(1);
  });

  test('is refused before it is asked when its lines or its event do not allow it', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const equipmentId = uuid7();
    expect(await ana.request(event.id, { equipmentId, quantity: 1, from: event.endAt, to: event.startAt }))
      .toMatchObject({ status: 422, body: { code: 'period.invalid', errors: [{ pointer: '/lines/0/to' }] } });
    expect(await ana.request(event.id, { equipmentId, quantity: 1, to: datesIn(600).endAt })).toMatchObject({ status: 422, body: { code: 'period.too-long' } });
    expect(await ana.request(event.id, { equipmentId, quantity: 1 }, { equipmentId, quantity: 2 }))
      .toMatchObject({ status: 409, body: { code: 'reservation.duplicate', errors: [{ pointer: '/lines/1/equipmentId' }] } });
    expect(await ana.request(event.id, { equipmentId, quantity: 1, to: event.startAt }, { equipmentId, quantity: 2, from: event.startAt })).toMatchObject({ status: 202 });
    expect(await ana.request(event.id, { equipmentId, quantity: 1, to: event.startAt })).toMatchObject({ status: 409, body: { code: 'reservation.duplicate' } });
    expect(await ana.request(uuid7())).toMatchObject({ status: 404 });
    const over = await ana.event();
    await ana.ask(ops.cancelEvent, { params: { id: over.id }, body: {} });
    expect(await ana.request(over.id)).toMatchObject({ status: 409, body: { code: 'event.state' } });
  });

  test('is listed in pages, newest first', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await ana.request(event.id)).body.id);
    const first = (await ana.ask(ops.listRequests, { params: { id: event.id, limit: 2 } })).body;
    const second = (await ana.ask(ops.listRequests, { params: { id: event.id, limit: 2, cursor: first.nextCursor } })).body;
    expect([...first.items, ...second.items].map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.nextCursor).toBeNull();
  });
});

describe('a change', () => {
  test('is the whole new list; a line keeps its id, and what is not said of it', async () => {
    const ana = planner(world);
    const { event, rid, line } = await ana.reserved();
    const added = uuid7();
    const asked = await ana.change(event.id, rid, { id: line.id, quantity: 8 }, { equipmentId: added, quantity: 1 });
    expect(asked).toMatchObject({ status: 202, body: {
      id: rid, status: 'requested',
      lines: [{ id: line.id, equipmentId: line.equipmentId, quantity: 8, status: 'requested', from: line.from }, { equipmentId: added }],
    } });
    const order = await ana.accept(asked.settles, 2);
    expect(order.data.reservations).toMatchObject([{ id: rid, revision: 2, lines: [{ id: line.id, quantity: 8 }, { equipmentId: added }] }]);
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 200, body: { status: 'reserved', lines: [{ quantity: 8 }, { quantity: 1 }] } });
  });

  test('that is refused leaves the old state, which is shown again', async () => {
    const ana = planner(world);
    const { event, order, rid, line } = await ana.reserved();
    const before = await ana.read(event.id, rid);
    const asked = await ana.change(event.id, rid, { id: line.id, quantity: 50 });
    const change = await world.orderOf(asked.settles);
    const shortages = [shortageOf(line.equipmentId, 50)];
    await world.tell(facts.reservationRejected, ana.companyId, 2, decided(order, order.data.reservations[0]!, 'refused', { revision: 2, settlementId: change.id, shortages }));
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 409, body: { code: 'reservation.unavailable', shortages } });
    expect(await ana.read(event.id, rid)).toEqual({ ...before, shortages });
    // The next one starts from what stands.
    expect((await ana.change(event.id, rid, { id: line.id, quantity: 6 })).body.lines).toMatchObject([{ id: line.id, quantity: 6, from: line.from }]);
  });

  test('is refused for lines that are not there, equipment that is not said, and a stale version', async () => {
    const ana = planner(world);
    const { event, rid, line } = await ana.reserved();
    expect(await ana.change(event.id, rid, { id: uuid7(), quantity: 1 })).toMatchObject({ status: 404, body: { errors: [{ pointer: '/lines/0/id' }] } });
    expect(await ana.change(event.id, rid, { quantity: 1 })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/lines/0/equipmentId' }] } });
    expect(await ana.change(event.id, rid, { id: line.id, equipmentId: uuid7(), quantity: 1 })).toMatchObject({ status: 400 });
    expect(await ana.ask(ops.changeRequest, { params: { id: event.id, rid }, body: { lines: [{ id: line.id, quantity: 1 }] }, ifMatch: '"1"' }))
      .toMatchObject({ status: 412, body: { code: 'request.stale' } });
    const { etag } = await ana.ask(ops.getRequest, { params: { id: event.id, rid } });
    expect(await ana.ask(ops.changeRequest, { params: { id: event.id, rid }, body: { lines: [{ id: line.id, quantity: 1 }] }, ifMatch: etag! })).toMatchObject({ status: 202 });
  });

  test('keeps what was handed out', async () => {
    const ana = planner(world);
    const { event, order, rid, line } = await ana.reserved();
    await out(ana.companyId, order, 3);
    await eventually(() => ana.read(event.id, rid), ({ lines }) => lines[0].delivered === 3);
    expect(await ana.change(event.id, rid, { id: line.id, quantity: 2 })).toMatchObject({ status: 409, body: { code: 'reservation.state', lineId: line.id } });
    expect(await ana.change(event.id, rid, { equipmentId: uuid7(), quantity: 2 })).toMatchObject({ status: 409, body: { code: 'reservation.state' } });
    expect(await ana.cancel(event.id, rid)).toMatchObject({ status: 409, body: { code: 'reservation.state', out: 3 } });
    expect(await ana.change(event.id, rid, { id: line.id, quantity: 3 })).toMatchObject({ status: 202, body: { lines: [{ quantity: 3, delivered: 3 }] } });
  });
});

/** Inventory tells that pieces of the first line were handed out. */
async function out(companyId: string, order: Awaited<ReturnType<World['orderOf']>>, delivered: number, sequence = 2): Promise<void> {
  const state = reserved(order, order.data.reservations[0]!);
  Object.assign(state.lines[0]!, { delivered });
  await world.tell(facts.reservationDelivered, companyId, sequence, state);
}

describe('a cancellation', () => {
  test('is the same order without lines, answered 204, and cancelled it stays', async () => {
    const ana = planner(world);
    const { event, rid, line } = await ana.reserved();
    const asked = await ana.cancel(event.id, rid);
    expect(asked).toMatchObject({ status: 202, location: `/api/events/${event.id}/reservations/${rid}`, body: { status: 'requested', lines: [{ id: line.id }] } });
    expect(await ana.cancel(event.id, rid)).toMatchObject({ status: 202, settles: asked.settles });
    expect(await ana.change(event.id, rid, { id: line.id, quantity: 1 })).toMatchObject({ status: 409, body: { code: 'reservation.state' } });
    const order = await ana.accept(asked.settles, 2);
    expect(order.data.reservations).toMatchObject([{ id: rid, revision: 2, lines: [] }]);
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 204, body: null });
    expect(await ana.read(event.id, rid)).toMatchObject({ status: 'cancelled' });
    expect(await ana.cancel(event.id, rid)).toMatchObject({ status: 204 });
    expect(await ana.change(event.id, rid, { equipmentId: uuid7(), quantity: 1 })).toMatchObject({ status: 409, body: { code: 'reservation.state' } });
    // The equipment is free for another of this event's reservations.
    expect(await ana.request(event.id, { equipmentId: line.equipmentId, quantity: 1 })).toMatchObject({ status: 202 });
  });

  test('may overtake the request: the newest revision wins, and who asked for the older is told so', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const asked = await ana.request(event.id);
    const { id: rid } = asked.body;
    const cancel = await ana.cancel(event.id, rid);
    const [first, second] = [await world.orderOf(asked.settles), await world.orderOf(cancel.settles)];
    const gone = { status: 'cancelled' as const, lines: [] };
    await world.tell(facts.reservationCancelled, ana.companyId, 1, decided(second, second.data.reservations[0]!, 'accepted', gone));
    expect(await ana.notice(cancel.settles)).toMatchObject({ status: 204 });
    expect(await ana.outcome(asked.settles)).toMatchObject({ status: 202, body: { status: 'requested' } });
    await world.tell(facts.reservationRejected, ana.companyId, 2, decided(first, first.data.reservations[0]!, 'superseded', gone));
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 409, body: { code: 'reservation.state', state: 'cancelled' } });
    expect(await ana.read(event.id, rid)).toMatchObject({ status: 'cancelled' });
  });

  test.each([
    ['in order', [0, 1, 2]], ['backwards', [2, 1, 0]], ['mixed', [1, 2, 0]],
  ] as const)('request, change and change decided and told %s end the same', async (_how, ways) => {
    const ana = planner(world);
    const event = await ana.event();
    const asked = await ana.request(event.id);
    const { id: rid, lines: [line] } = asked.body;
    const one = await ana.change(event.id, rid, { id: line.id, quantity: 6 });
    const two = await ana.change(event.id, rid, { id: line.id, quantity: 7 });
    const orders = await Promise.all([asked, one, two].map(({ settles }) => world.orderOf(settles)));
    const outcomes = ['accepted', 'refused', 'accepted'] as const;
    // The refused one left five pieces.
    const stands = (n: number) => reserved(orders[n === 1 ? 0 : n]!, orders[n === 1 ? 0 : n]!.data.reservations[0]!);
    for (const n of ways) {
      const id = uuid7();
      const fact = n === 1 ? facts.reservationRejected : facts.reservationReserved;
      for (let times = 0; times < 2; times++) await world.tell(fact, ana.companyId, n + 1,
        decided(orders[n]!, orders[n]!.data.reservations[0]!, outcomes[n]!, { ...stands(n), shortages: n === 1 ? [shortageOf(line.equipmentId)] : [] }),
        times === 0 ? id : uuid7());
    }
    const told = await Promise.all([asked, one, two].map(({ settles }) => ana.notice(settles)));
    expect(told.map(({ status }) => status)).toEqual([201, 409, 200]);
    expect(await ana.read(event.id, rid)).toMatchObject({ status: 'reserved', lines: [{ quantity: 7 }] });
    expect(await world.db.query('select revision, decided, accepted_revision, in_force from request where id = $1', [rid]))
      .toEqual([{ revision: 3, decided: 3, accepted_revision: 3, in_force: 3 }]);
  });
});

describe('who may not', () => {
  test('another company’s ids are nobody’s, everywhere', async () => {
    const ana = planner(world);
    const { event, rid, line, order } = await ana.reserved();
    const eve = planner(world, { roles: ['admin'] });
    const hers = await eve.event();
    const body = { lines: [{ equipmentId: uuid7(), quantity: 1 }] };
    for (const [operation, params, sent] of [
      [ops.requestReservation, { id: event.id }, body], [ops.listRequests, { id: event.id }, undefined],
      [ops.getRequest, { id: event.id, rid }, undefined], [ops.getRequest, { id: hers.id, rid }, undefined],
      [ops.changeRequest, { id: event.id, rid }, body], [ops.changeRequest, { id: hers.id, rid }, body],
      [ops.cancelRequest, { id: event.id, rid }, undefined], [ops.cancelRequest, { id: hers.id, rid }, undefined],
      [ops.settlementOutcome, { settlementId: order.id }, undefined],
    ] as const) expect([operation.name, (await eve.ask(operation, { params, body: sent })).status]).toEqual([operation.name, 404]);
    // The right company, but another of its events.
    const other = await ana.event();
    expect((await ana.ask(ops.getRequest, { params: { id: other.id, rid } })).status).toBe(404);
    expect((await ana.change(other.id, rid, { id: line.id, quantity: 1 })).status).toBe(404);
    // Facts of another company under our reservation's id change nothing.
    await world.tell(facts.reservationCancelled, eve.companyId, 9, decided(order, order.data.reservations[0]!, 'accepted', { status: 'cancelled', lines: [] }));
    const marker = await eve.request(hers.id);
    await eve.accept(marker.settles, 1);
    await eve.notice(marker.settles);
    expect(await ana.read(event.id, rid)).toMatchObject({ status: 'reserved' });
  });

  test('technicians reserve, drivers read, clients do neither', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const as = (role: 'technician' | 'driver' | 'client') => planner(world, { companyId: ana.companyId, roles: [role] });
    expect((await as('technician').request(event.id)).status).toBe(202);
    expect(await as('driver').request(event.id)).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
    expect((await as('driver').ask(ops.listRequests, { params: { id: event.id } })).status).toBe(200);
    expect((await as('client').ask(ops.listRequests, { params: { id: event.id } })).status).toBe(403);
    expect((await world.ask(ops.listRequests, { params: { id: event.id } }, aCaller({ id: null, companyId: null, roles: [] }))).status).toBe(401);
  });
});
