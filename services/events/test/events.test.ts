import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { aCaller, atOnce, eventually } from '@regie/testing';
import { planner } from './planner.ts';
import { anEvent, datesIn, facts, openWorld, ops, reserved, type Order, type World } from './world.ts';

jest.setTimeout(30_000);
let world: World;
beforeAll(async () => { world = await openWorld(); });
afterAll(() => world.end());

type Planner = ReturnType<typeof planner>;
const customer = async (who: Planner, body: object = { name: 'Opéra de Lyon', contacts: [{ name: 'Ana' }] }) => (await who.ask(ops.createCustomer, { body })).body;
const list = async (who: Planner, params: object) => (await who.ask(ops.listEvents, { params: { ...params } })).body.items.map(({ name }: { name: string }) => name);
/** Inventory tells that `delivered` pieces of the first line left and `returned` came back. */
async function handOut(who: Planner, order: Order, delivered: number, returned: number, sequence: number): Promise<void> {
  const state = reserved(order, order.data.reservations[0]!);
  await world.tell(facts.reservationDelivered, who.companyId, sequence,
    { ...state, lines: state.lines.map((line, index) => (index === 0 ? { ...line, delivered, returned } : line)) });
}

describe('an event', () => {
  test('is planned whole, with its place, its version and its fact', async () => {
    const ana = planner(world);
    const { id: customerId, contacts: [contact] } = await customer(ana);
    const body = anEvent({
      customerId, contactId: contact.id, venue: { name: 'Halle', address: '1 quai' },
      budget: { amount: 12_500, currency: 'EUR' }, expectedParticipants: 300, themes: ['jazz'], settings: { z: 1, a: true },
    });
    const created = await ana.ask(ops.createEvent, { body });
    const { id } = created.body;
    expect(created).toMatchObject({ status: 201, etag: '"1"', location: `/api/events/${id}`, body: {
      ...body, venue: { name: 'Halle', address: '1 quai', details: null }, status: 'planned', createdBy: ana.caller.id, notes: null, archivedAt: null,
    } });
    expect((await ana.ask(ops.getEvent, { params: { id } })).body).toEqual(created.body);
    const [told] = await world.db.query<{ message: string }>('select message from outbox where aggregate_id = $1', [id]);
    expect(JSON.parse(told!.message)).toMatchObject(
      { type: 'regie.events.event.created.v1', sequence: '1', subject: id, data: { ...created.body, changes: { name: [null, body.name] } } });
    // Sent back as it was read, nothing changes.
    const { id: _, createdAt, updatedAt, status, createdBy, cancelReason, archivedAt, logoFileId, bannerFileId, ...same } = created.body;
    expect(await ana.ask(ops.patchEvent, { params: { id }, body: same })).toMatchObject(
      { status: 200, etag: '"1"', body: { createdAt, updatedAt, status, createdBy, cancelReason, archivedAt, logoFileId, bannerFileId } });
  });

  test('is refused with dates out of order, too long, or naming what is not there', async () => {
    const ana = planner(world);
    const other = await customer(ana, { name: 'Palais' });
    const stranger = await customer(planner(world));
    const { startAt, endAt } = datesIn(30);
    for (const [over, status, code, pointer] of [
      [{ startAt: endAt, endAt: startAt }, 422, 'event.dates-out-of-order', '/endAt'],
      [{ dismantlingAt: datesIn(400).endAt }, 422, 'period.too-long', '/dismantlingAt'], [datesIn(4_000), 422, 'period.too-long', '/installationAt'],
      [{ customerId: uuid7() }, 404, 'not-found', '/customerId'], [{ customerId: stranger.id }, 404, 'not-found', '/customerId'],
      [{ customerId: other.id, contactId: stranger.contacts[0].id }, 404, 'not-found', '/contactId'],
      [{ contactId: uuid7() }, 404, 'not-found', '/contactId'], [{ logoFileId: uuid7() }, 404, 'not-found', '/logoFileId'],
    ] as const) expect(await ana.ask(ops.createEvent, { body: anEvent(over) })).toMatchObject({ status, body: { code, errors: [{ pointer }] } });
    for (const over of [
      { timeZone: '+02:00' }, { companyId: ana.companyId }, { budget: { amount: -1, currency: 'EUR' } },
      { category: 'smoke' }, { startAt: '2026-02-30T00:00:00Z' },
    ]) {
      expect(await ana.ask(ops.createEvent, { body: anEvent(over) })).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    }
  });

  test('is changed field by field; null clears, and a contact does not follow to another customer', async () => {
    const ana = planner(world);
    const { id: customerId, contacts: [contact] } = await customer(ana);
    const event = await ana.event({ customerId, contactId: contact.id, notes: 'Accès cour' });
    const other = await customer(ana, { name: 'Palais' });
    const patch = (body: object, ifMatch?: string) => ana.ask(ops.patchEvent, { params: { id: event.id }, body, ...(ifMatch ? { ifMatch } : {}) });
    expect(await patch({ notes: null, name: 'Gala' })).toMatchObject({ status: 200, etag: '"2"', body: { notes: null, name: 'Gala', customerId, contactId: contact.id } });
    expect(await patch({ customerId: other.id }, '"2"')).toMatchObject({ status: 200, etag: '"3"', body: { customerId: other.id, contactId: null } });
    expect(await patch({ name: 'Vieux' }, '"2"')).toMatchObject({ status: 412, body: { code: 'request.stale' } });
    expect(await patch({ endAt: datesIn(20).endAt })).toMatchObject({ status: 422, body: { code: 'event.dates-out-of-order' } });
    expect(await atOnce(5, (n) => patch({ name: `n${n}` }))).toHaveLength(5);
    const versions = await world.db.query<{ sequence: number }>('select sequence from outbox where aggregate_id = $1 order by position', [event.id]);
    expect(versions.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('is found by its words, its customer’s and its venue’s, and by what it is', async () => {
    const ana = planner(world);
    const { id: customerId } = await customer(ana, { name: 'Théâtre du Châtelet' });
    const gala = await ana.event({ name: 'Gala', customerId });
    await ana.event({ name: 'Éclipse', venue: { name: 'Zénith', address: '2 rue' }, category: 'lighting', ...datesIn(60) });
    await ana.event({ name: 'Ancien', ...datesIn(-60) });
    expect(await list(ana, { q: 'chatelet' })).toEqual(['Gala']);
    expect(await list(ana, { q: 'ZENITH ecl' })).toEqual(['Éclipse']);
    await ana.ask(ops.patchCustomer, { params: { id: customerId }, body: { name: 'Odéon' } });
    expect(await list(ana, { q: 'odeon' })).toEqual(['Gala']);
    expect(await list(ana, { q: 'chatelet' })).toEqual([]);
    expect(await list(ana, { category: 'lighting' })).toEqual(['Éclipse']);
    expect(await list(ana, { customerId })).toEqual(['Gala']);
    expect(await list(ana, { sort: 'startAt' })).toEqual(['Ancien', 'Gala', 'Éclipse']);
    expect(await list(ana, { sort: 'name', limit: 2 })).toEqual(['Ancien', 'Gala']);
    // In part within the period; touching is not within.
    expect(await list(ana, { from: datesIn(0).startAt, to: gala.startAt })).toEqual(['Gala']);
    expect(await list(ana, { from: datesIn(0).startAt, to: gala.installationAt })).toEqual([]);
    expect(await list(ana, { from: gala.dismantlingAt })).toEqual(['Éclipse']);
    expect(await ana.ask(ops.listEvents, { params: { from: gala.endAt, to: gala.startAt } })).toMatchObject({ status: 422, body: { code: 'period.invalid' } });
    expect(await ana.ask(ops.listEvents, { params: { nonsense: 'x' } })).toMatchObject({ status: 400 });
    await ana.ask(ops.archiveEvent, { params: { id: gala.id } });
    expect(await list(ana, {})).toEqual(['Ancien', 'Éclipse']);
    expect(await list(ana, { archived: true })).toEqual(['Gala']);
  });

  test('is listed in pages that neither skip nor repeat, whatever the order', async () => {
    const ana = planner(world);
    for (let n = 0; n < 5; n++) await ana.event({ name: `Nuit ${n % 2}` });
    for (const sort of ['-createdAt', 'createdAt', 'startAt', '-startAt', 'name']) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const { body } = await ana.ask(ops.listEvents, { params: { sort, limit: 2, ...(cursor ? { cursor } : {}) } });
        seen.push(...body.items.map(({ id }: { id: string }) => id));
        cursor = body.nextCursor ?? undefined;
      } while (cursor);
      expect(new Set(seen).size).toBe(5);
      expect(seen).toHaveLength(5);
    }
  });
});

describe('an event’s way', () => {
  const step = (who: Planner, operation: Parameters<Planner['ask']>[0], id: string, body: object = {}) => who.ask(operation, { params: { id }, body });

  test('starts when all lines are decided, completes when all is back', async () => {
    const ana = planner(world);
    const event = await ana.event();
    const asked = await ana.request(event.id);
    expect(await step(ana, ops.startEvent, event.id)).toMatchObject({ status: 409, body: { code: 'event.lines-undecided', blocking: [asked.body.id] } });
    const order = await ana.accept(asked.settles, 1);
    await ana.notice(asked.settles);
    expect(await step(ana, ops.completeEvent, event.id)).toMatchObject({ status: 409, body: { code: 'event.state', state: 'planned' } });
    expect(await step(ana, ops.startEvent, event.id)).toMatchObject({ status: 200, etag: '"2"', body: { status: 'in_progress' } });
    await handOut(ana, order, 5, 0, 2);
    await eventually(() => ana.read(event.id, asked.body.id), ({ lines }) => lines[0].delivered === 5);
    expect(await step(ana, ops.completeEvent, event.id)).toMatchObject({ status: 409, body: { code: 'event.items-out', blocking: [asked.body.id] } });
    expect(await step(ana, ops.completeEvent, event.id, { force: true })).toMatchObject({ status: 422, body: { code: 'force.reason-missing' } });
    await handOut(ana, order, 5, 5, 3);
    await eventually(() => ana.read(event.id, asked.body.id), ({ lines }) => lines[0].returned === 5);
    expect(await step(ana, ops.completeEvent, event.id)).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(await ana.ask(ops.patchEvent, { params: { id: event.id }, body: { name: 'X' } })).toMatchObject({ status: 409, body: { code: 'event.state' } });
  });

  test('can be forced with a reason, which is told', async () => {
    const ana = planner(world);
    const event = await ana.event();
    await ana.request(event.id);
    expect(await step(ana, ops.startEvent, event.id, { force: true, reason: 'Portes ouvertes' })).toMatchObject({ status: 200, body: { status: 'in_progress' } });
    const [told] = await world.db.query<{ message: string }>('select message from outbox where aggregate_id = $1 and sequence = 2', [event.id]);
    expect(JSON.parse(told!.message).data.changes).toEqual({ status: ['planned', 'in_progress'], forceReason: [null, 'Portes ouvertes'] });
  });

  test('cancelled, it orders the cancellation of all that is not handed out', async () => {
    const ana = planner(world);
    const { event, rid, order, line } = await ana.reserved({}, { equipmentId: uuid7(), quantity: 5 }, { equipmentId: uuid7(), quantity: 1 });
    const untouched = await ana.request(event.id);
    await handOut(ana, order, 3, 0, 2);
    await eventually(() => ana.read(event.id, rid), ({ lines }) => lines[0].delivered === 3);
    expect(await step(ana, ops.cancelEvent, event.id)).toMatchObject({ status: 409, body: { code: 'event.items-out', blocking: [rid] } });
    expect(await step(ana, ops.cancelEvent, event.id, { force: true, reason: 'Tempête' })).toMatchObject({ status: 200, body: { status: 'cancelled', cancelReason: 'Tempête' } });
    const ours = await eventually(() => world.orders.filter(({ data }) => data.eventId === event.id).slice(2), (heard) => heard.length === 2);
    const desired = ours.map(({ data }) => data.reservations[0]!).toSorted((a, b) => a.lines.length - b.lines.length);
    expect(desired).toMatchObject([{ id: untouched.body.id, revision: 2, lines: [] }, { id: rid, revision: 2, lines: [{ id: line.id, quantity: 3 }] }]);
    expect(desired[1]!.lines).toHaveLength(1);
    // Each for itself: one that cannot be cancelled keeps none of the others.
    expect(ours.every(({ data }) => data.reservations.length === 1)).toBe(true);
  });

  test('is archived when it is planned and nothing is reserved', async () => {
    const ana = planner(world);
    const { event, rid } = await ana.reserved();
    expect(await ana.ask(ops.archiveEvent, { params: { id: event.id } })).toMatchObject({ status: 409, body: { code: 'event.in-use', blocking: [rid] } });
    const empty = await ana.event();
    expect(await ana.ask(ops.archiveEvent, { params: { id: empty.id } })).toMatchObject({ status: 204 });
    expect(await ana.readEvent(empty.id)).toMatchObject({ archivedAt: expect.any(String) });
    expect(await step(ana, ops.startEvent, empty.id)).toMatchObject({ status: 409, body: { code: 'event.state' } });
    expect(await ana.request(empty.id)).toMatchObject({ status: 409, body: { code: 'event.state' } });
  });
});

describe('a customer', () => {
  test('has contacts with ids of their own, and stays while open events name it', async () => {
    const ana = planner(world);
    const one = await customer(ana, { name: 'Sonolux', contacts: [{ name: 'Ana', email: 'ana@example.com' }, { name: 'Bo' }] });
    expect(one.contacts).toEqual([
      { id: expect.any(String), name: 'Ana', role: null, email: 'ana@example.com', phone: null },
      { id: expect.any(String), name: 'Bo', role: null, email: null, phone: null },
    ]);
    const [first, second] = one.contacts;
    const event = await ana.event({ customerId: one.id, contactId: second.id });
    const patch = (contacts: object[]) => ana.ask(ops.patchCustomer, { params: { id: one.id }, body: { contacts } });
    expect(await patch([first, second])).toMatchObject({ status: 200, etag: '"1"' });
    expect(await patch([first])).toMatchObject({ status: 409, body: { code: 'customer.in-use', blocking: [event.id] } });
    expect(await patch([second, { id: uuid7(), name: 'Zoé' }])).toMatchObject({ status: 404, body: { errors: [{ pointer: '/contacts/1/id' }] } });
    expect(await patch([second])).toMatchObject({ status: 200, etag: '"2"', body: { contacts: [second] } });
    expect(await ana.ask(ops.archiveCustomer, { params: { id: one.id } })).toMatchObject({ status: 409, body: { code: 'customer.in-use', blocking: [event.id] } });
    await ana.ask(ops.cancelEvent, { params: { id: event.id }, body: {} });
    expect(await ana.ask(ops.archiveCustomer, { params: { id: one.id } })).toMatchObject({ status: 204 });
    expect(await ana.ask(ops.createEvent, { body: anEvent({ customerId: one.id }) })).toMatchObject({ status: 404, body: { errors: [{ pointer: '/customerId' }] } });
  });

  test('archived and given an event at once is one or the other', async () => {
    const ana = planner(world);
    for (let round = 0; round < 5; round++) {
      const { id } = await customer(ana);
      const [created, archived] = await Promise.all([ana.ask(ops.createEvent, { body: anEvent({ customerId: id }) }), ana.ask(ops.archiveCustomer, { params: { id } })]);
      expect([[201, 409], [404, 204]]).toContainEqual([created.status, archived.status]);
    }
  });
});

describe('companies and roles', () => {
  test('another company’s ids are nobody’s, everywhere', async () => {
    const ana = planner(world);
    const { id: customerId } = await customer(ana);
    const { id } = await ana.event({ customerId });
    const eve = planner(world, { roles: ['admin'] });
    for (const [operation, params, body] of [
      [ops.getEvent, { id }, undefined], [ops.patchEvent, { id }, { name: 'X' }], [ops.archiveEvent, { id }, undefined],
      [ops.startEvent, { id }, {}], [ops.completeEvent, { id }, {}], [ops.cancelEvent, { id }, {}],
      [ops.getCustomer, { id: customerId }, undefined], [ops.patchCustomer, { id: customerId }, { name: 'X' }], [ops.archiveCustomer, { id: customerId }, undefined],
    ] as const) expect([operation.name, (await eve.ask(operation, { params, body })).status]).toEqual([operation.name, 404]);
    expect(await list(eve, {})).toEqual([]);
  });

  test('planners write, staff read, clients do neither', async () => {
    const ana = planner(world);
    const { id } = await ana.event();
    for (const role of ['technician', 'driver', 'sales_rep'] as const) {
      const who = planner(world, { companyId: ana.companyId, roles: [role] });
      for (const [operation, params, body] of [
        [ops.createEvent, {}, anEvent()], [ops.patchEvent, { id }, { name: 'X' }], [ops.archiveEvent, { id }, undefined],
        [ops.startEvent, { id }, {}], [ops.cancelEvent, { id }, {}], [ops.createCustomer, {}, { name: 'X' }],
      ] as const) {
        expect([operation.name, (await who.ask(operation, { params, body })).status]).toEqual([operation.name, 403]);
      }
      expect((await who.ask(ops.getEvent, { params: { id } })).status).toBe(200);
    }
    expect((await world.ask(ops.getEvent, { params: { id } }, aCaller({ companyId: ana.companyId, roles: ['client'] }))).status).toBe(403);
  });

  test('every business table is fenced by company, and its run-time role owns nothing', async () => {
    const infrastructure = ['idempotency', 'inbox', 'migration', 'outbox', 'outbox_pending', 'quarantine'];
    const tables = await world.db.query<{ name: string; fenced: boolean; policies: number; required: boolean; owner: string }>(`
      select c.relname as name, c.relrowsecurity as fenced, (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies, pg_get_userbyid(c.relowner) as owner,
        exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and a.attnotnull) as required
      from pg_class c where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and c.relname <> all($1)`, [infrastructure]);
    expect(tables.map(({ name }) => name).toSorted())
      .toEqual(['customer', 'customer_term', 'event', 'event_term', 'request', 'request_line', 'request_revision', 'reservation', 'settlement']);
    for (const one of tables) expect(one).toEqual({ name: one.name, fenced: true, policies: 2, required: true, owner: 'events_owner' });
  });
});
