import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closeBus, connectBus, openPublisher, schemaOf, typeOf, type Envelope } from '@regie/bus';
import { events, factSubject, identity, inventory, type Fact } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { eventually } from '@regie/testing';
import { aLine, at, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => { stage = await openStage(); await stage.start(); });
afterAll(() => stage.drop());

/** Messages, answers and instants: they hold no business rows. */
const infrastructure = ['outbox', 'outbox_pending', 'inbox', 'quarantine', 'idempotency', 'due', 'migration'];

test('every business table is fenced by company, and none of its rows is without one', async () => {
  const tables = await stage.db.query<{ name: string; fenced: boolean; policies: number; required: boolean | null }>(`
    select c.relname as name, c.relrowsecurity as fenced, (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies,
      (select a.attnotnull from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and not a.attisdropped) as required
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`);
  expect(tables.length).toBeGreaterThan(20);
  const business = tables.filter(({ name }) => !infrastructure.includes(name));
  expect(business.filter(({ fenced, policies, required }) => !fenced || policies < 2 || required !== true)).toEqual([]);
});

type Teller = (from: 'events' | 'identity', fact: Fact, subject: string, sequence: number, data: object, companyId?: string) => Promise<void>;

/** Tells facts of other services, as they do. */
async function asOthers(body: (tell: Teller) => Promise<void>): Promise<void> {
  const bus = { events: await connectBus(stage.nats.url('events')), identity: await connectBus(stage.nats.url('identity')) };
  await body(async (from, fact, subject, sequence, data, companyId = stage.companyId) => {
    const id = uuid7();
    const envelope: Envelope = {
      specversion: '1.0', id, source: `/${from}`, type: typeOf(fact), subject, time: new Date().toISOString(), datacontenttype: 'application/json', dataschema: schemaOf(fact),
      companyid: companyId, sequence: String(sequence), data: { id: subject, ...data, changes: {} },
    };
    const publisher = openPublisher(bus[from]);
    await publisher.publish([{ subject: factSubject(fact, companyId), id, message: JSON.stringify(envelope) }]);
    publisher.close();
  });
  await Promise.all([closeBus(bus.events), closeBus(bus.identity)]);
}

test('a repair is given to the people of the company who are at work, and to nobody else', () => asOthers(async (tell) => {
  const { userCreated, userChanged } = identity.facts;
  const [ours, gone, theirs, alone] = [uuid7(), uuid7(), uuid7(), uuid7()];
  await tell('identity', userCreated, alone, 1, { companyId: null, active: true, archivedAt: null }, 'platform');
  await tell('identity', userCreated, theirs, 1, { companyId: uuid7(), active: true, archivedAt: null }, uuid7());
  await tell('identity', userChanged, gone, 2, { companyId: stage.companyId, active: false, archivedAt: null });
  await tell('identity', userCreated, gone, 1, { companyId: stage.companyId, active: true, archivedAt: null });
  await tell('identity', userCreated, ours, 1, { companyId: stage.companyId, active: true, archivedAt: null });
  await eventually(() => stage.db.query('select 1 from person where id = any($1::uuid[])', [[ours, gone, theirs]]), (rows) => rows.length === 3);

  const equipmentId = await stage.equipment(2);
  const open = (technicianId?: string) => stage.ask(inventory.operations.openMaintenance,
    { body: { equipmentId, quantity: 1, priority: 'low', problem: 'Dented', ...(technicianId && { technicianId }) } });
  for (const stranger of [gone, theirs, alone, uuid7()]) expect(await open(stranger)).toMatchObject({ status: 404, body: { errors: [{ pointer: '/technicianId' }] } });
  expect(await open(ours)).toMatchObject({ status: 201, body: { technicianId: ours } });
  const { body: { id } } = await open();
  const give = (technicianId: string) => stage.ask(inventory.operations.patchMaintenance, { params: { id }, body: { technicianId } });
  expect(await give(theirs)).toMatchObject({ status: 404, body: { errors: [{ pointer: '/technicianId' }] } });
  expect(await give(ours)).toMatchObject({ status: 200, body: { technicianId: ours } });
}));

test('names of events and zones of companies are kept newer-wins, and shown', () => asOthers(async (tell) => {
  const eventId = uuid7();
  await tell('events', events.facts.eventChanged, eventId, 2, { name: 'Nuit blanche' });
  await tell('events', events.facts.eventCreated, eventId, 1, { name: 'Sans nom' });
  await tell('identity', identity.facts.companyCreated, stage.companyId, 1, { timeZone: 'America/Montreal' });
  await eventually(() => stage.db.query('select name from event_name where id = $1', [eventId]), (rows) => rows.length === 1);
  await eventually(() => stage.db.query('select 1 from company_zone where id = $1', [stage.companyId]), (rows) => rows.length === 1);

  const equipmentId = await stage.equipment(1);
  await stage.settle({ lines: [aLine(equipmentId, 1, 0, 3)] }, { eventId, eventName: 'An older name' });
  const told = await stage.settle({ lines: [aLine(equipmentId, 1, 0, 3)] });
  expect(told.shortages[0]!.reasons).toMatchObject([{ eventId, eventName: 'Nuit blanche' }]);
  // Midnight in Montréal is four hours later than in Greenwich in June.
  const { body } = await stage.ask(inventory.operations.getAvailability, { params: { id: equipmentId, from: at(0), to: at(8) } });
  expect(body.days).toMatchObject([{ reserved: 1 }, { reserved: 0 }]);
}));
