import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeBus, connectBus, consume, type Bus, type Heard } from '@regie/bus';
import { customers, events, service } from '@regie/contracts';
import { infrastructureSql, records, recordTableSql, tenantSql, termTableSql } from '@regie/store';
import { aCaller, askAs, atOnce, eventually, freePort, freshDatabase, freshNats, type FreshDatabase, type FreshNats } from '@regie/testing';
import { startService, stopApp, type App, type HandlersIn } from '../src/index.ts';

// A service of one plain resource, under the name and with the rights of a real one.
const { listCustomers, getCustomer, createCustomer, patchCustomer, archiveCustomer } = events.operations;
const { customerCreated, customerChanged, customerArchived } = events.facts;
const contract = service({
  name: 'events', operations: { listCustomers, getCustomer, createCustomer, patchCustomer, archiveCustomer },
  facts: { customerCreated, customerChanged, customerArchived }, commands: {}, listeners: {},
});
const { list, get, create, patch, archive } = records(customers, {
  table: 'customer', said: { en: 'customer', fr: 'client' }, terms: ({ name, email }) => [name as string, email as string],
  prepare: (data) => ({ ...data, contacts: data['contacts'] ?? [] }),
});
const operations = { listCustomers: list, getCustomer: get, createCustomer: create, patchCustomer: patch, archiveCustomer: archive } as HandlersIn<typeof contract.operations>;
const migrations = [{
  at: 1764000000000, name: 'start',
  sql: infrastructureSql('events') + recordTableSql('customer') + termTableSql('customer') + tenantSql('events', 'customer', 'customer_term'),
}];

let db: FreshDatabase, nats: FreshNats, app: App, gateway: Bus;

beforeAll(async () => {
  [db, nats] = await Promise.all([freshDatabase('events', migrations), freshNats()]);
  app = await startService({ contract, tables: [], operations, reactions: {} },
    { NATS_URL: nats.url('events'), DATABASE_URL: db.url, HEALTH_PORT: String(await freePort()), LOG_LEVEL: 'error' });
  gateway = await connectBus(nats.url('gateway'));
});
afterAll(async () => { await closeBus(gateway); await stopApp(app); await Promise.all([db.drop(), nats.drop()]); });

const planner = aCaller();
const read = (params = {}) => askAs(gateway, planner, getCustomer, { params });

describe('a plain resource, from the bus to the stream', () => {
  test('is created with its place, its version and its fact', async () => {
    const created = await askAs(gateway, planner, createCustomer, { body: { name: 'Opéra de Lyon', email: 'regie@opera.example.com' } });
    expect(created).toMatchObject({
      status: 201, etag: '"1"', location: `/api/customers/${created.body.id}`, body: { name: 'Opéra de Lyon', phone: null, contacts: [], archivedAt: null },
    });
    expect((await read({ id: created.body.id })).body).toEqual(created.body);

    const heard: Heard[] = [];
    const audit = await connectBus(nats.url('audit'));
    const listening = consume(audit, { name: 'audit-facts', hears: [], streams: ['FACTS'] }, {
      handle: (messages) => { heard.push(...messages); return Promise.resolve(); }, quarantine: () => Promise.resolve(), isOutage: () => true, onError: () => undefined,
    });
    const fact = await eventually(() => heard.find(({ subject }) => subject === created.body.id), (one) => one !== undefined);
    expect(fact).toMatchObject({
      type: 'regie.events.customer.created.v1', source: '/events', sequence: '1', companyid: planner.companyId,
      actorid: planner.id, data: { name: 'Opéra de Lyon', changes: { name: [null, 'Opéra de Lyon'] } },
    });
    await listening.stop();
    await closeBus(audit);
    await eventually(() => db.query('select * from outbox_pending'), (rows) => rows.length === 0);
  });

  test('is another company’s secret', async () => {
    const { body } = await askAs(gateway, planner, createCustomer, { body: { name: 'Secret' } });
    const stranger = aCaller();
    for (const [operation, sent] of [[getCustomer, undefined], [patchCustomer, { name: 'Mine' }], [archiveCustomer, undefined]] as const) {
      expect((await askAs(gateway, stranger, operation, { params: { id: body.id }, body: sent })).status).toBe(404);
    }
    expect((await askAs(gateway, stranger, listCustomers)).body.items).toEqual([]);
  });

  test('is refused to roles that may not, to fields it does not know, and to stale versions', async () => {
    const { body } = await askAs(gateway, planner, createCustomer, { body: { name: 'Palais' } });
    const { id } = body;
    expect(await askAs(gateway, aCaller({ companyId: planner.companyId, roles: ['technician'] }), patchCustomer, { params: { id }, body: { name: 'X' } }))
      .toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
    expect(await askAs(gateway, planner, createCustomer, { body: { name: 'X', companyId: planner.companyId } })).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(await askAs(gateway, planner, patchCustomer, { params: { id }, body: { name: 'Palais 2' }, ifMatch: '"1"' })).toMatchObject({ status: 200, etag: '"2"' });
    expect(await askAs(gateway, planner, patchCustomer, { params: { id }, body: { name: 'Palais 3' }, ifMatch: '"1"' }))
      .toMatchObject({ status: 412, body: { code: 'request.stale' } });
  });

  test('with one Idempotency-Key is created once, however often and at once it is asked', async () => {
    const body = { name: 'Une seule fois' };
    const answers = await atOnce(10, () => askAs(gateway, planner, createCustomer, { body, key: 'k-1' }));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await askAs(gateway, planner, createCustomer, { body: { name: 'Autre' }, key: 'k-1' })).toMatchObject({ status: 422, body: { code: 'idempotency.key-reused' } });
    expect(await db.query('select 1 from customer where name = $1', ['Une seule fois'])).toHaveLength(1);
  });

  test('is listed newest first in pages that neither skip nor repeat, and found without accents', async () => {
    const other = aCaller();
    for (let n = 0; n < 5; n++) await askAs(gateway, other, createCustomer, { body: { name: `Éclair ${n}` } });
    const first = await askAs(gateway, other, listCustomers, { params: { limit: 2 } });
    const second = await askAs(gateway, other, listCustomers, { params: { limit: 2, cursor: first.body.nextCursor } });
    const third = await askAs(gateway, other, listCustomers, { params: { limit: 2, cursor: second.body.nextCursor } });
    expect([...first.body.items, ...second.body.items, ...third.body.items].map(({ name }: { name: string }) => name)).toEqual([4, 3, 2, 1, 0].map((n) => `Éclair ${n}`));
    expect(third.body.nextCursor).toBeNull();
    expect((await askAs(gateway, other, listCustomers, { params: { q: 'ecl 3' } })).body.items).toHaveLength(1);
    expect(await askAs(gateway, other, listCustomers, { params: { cursor: 'eyJ' } })).toMatchObject({ status: 400, body: { code: 'request.cursor-invalid' } });
  });

  test('a page that would outgrow one message is shorter, and goes on from its cursor', async () => {
    const other = aCaller();
    const contacts = Array.from({ length: 100 }, () => ({ name: 'n'.repeat(200), role: 'r'.repeat(200) }));
    for (let from = 0; from < 140; from += 20)
      await atOnce(20, (n) => askAs(gateway, other, createCustomer, { body: { name: `Grand compte ${from + n}`, notes: 'x'.repeat(4_000), contacts } }));
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const { status, body } = await askAs(gateway, other, listCustomers, { params: { limit: 200, ...(cursor === undefined ? {} : { cursor }) } });
      expect(status).toBe(200);
      for (const { id } of body.items as { id: string }[]) seen.add(id);
      cursor = body.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.size).toBe(140);
  });

  test('archived, it leaves the lists and still answers by its id', async () => {
    const { body: { id } } = await askAs(gateway, planner, createCustomer, { body: { name: 'Vieux client' } });
    expect((await askAs(gateway, planner, archiveCustomer, { params: { id } })).status).toBe(204);
    expect((await askAs(gateway, planner, listCustomers, { params: { q: 'vieux' } })).body.items).toEqual([]);
    expect((await askAs(gateway, planner, listCustomers, { params: { q: 'vieux', archived: true } })).body.items).toHaveLength(1);
    expect((await read({ id })).body.archivedAt).not.toBeNull();
  });
});
