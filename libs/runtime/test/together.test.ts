import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { closeBus, connectBus, type Bus } from '@regie/bus';
import { events, notFound, reply, service, type Caller } from '@regie/contracts';
import { infrastructureSql, recordTableSql, tenantSql, uuid7 } from '@regie/store';
import { aCaller, askAs, eventually, freshDatabase, freshNats, type AskOver, type FreshDatabase, type FreshNats } from '@regie/testing';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import pg from 'pg';
import { openOrigin, startService, stopApp, together, type App, type Asked } from '../src/index.ts';

// A service of two operations: customers are made together, and read one by one.
const { createCustomer, getCustomer } = events.operations;
const { customerCreated } = events.facts;
const contract = service({ name: 'events', operations: { createCustomer, getCustomer }, facts: { customerCreated }, commands: {}, listeners: {} });
const migrations = [{ at: 1764000000000, name: 'start', sql: infrastructureSql('events') + recordTableSql('customer') + tenantSql('events', 'customer') }];

/** Sizes of the groups the handler was given. */
let groups: number[] = [];
let gate = Promise.resolve();
const named = (many: readonly Asked<typeof createCustomer>[], name: string) => many.some(({ input }) => input.name === name);

const makeTogether = together<typeof createCustomer>(async (many, { tx, now }) => {
  groups.push(many.length);
  if (named(many, 'first')) await gate;
  const made = many.map(({ input, companyId }) => ({ companyId, id: uuid7(), name: input.name }));
  const kept = made.filter(({ name }) => name !== 'nobody');
  await tx.query(`insert into customer (company_id, id, version, name, data)
    select company_id, id, 1, name, '{}' from unnest($1::uuid[], $2::uuid[], $3::text[]) c (company_id, id, name)`,
    [kept.map(({ companyId }) => companyId), kept.map(({ id }) => id), kept.map(({ name }) => name)]);
  // After the first write: undoing has something to undo.
  if (named(many, 'poison')) throw new Error('poison');
  if (named(many, 'away')) throw Object.assign(new Error('the server is shutting down'), { code: '57P01' });
  return made.map(({ id, name }, index) => {
    if (name === 'nobody') return notFound({ en: 'customer', fr: 'client' });
    const at = now.toISOString();
    const state = { id, name, email: null, phone: null, address: null, siret: null, notes: null, contacts: [], createdAt: at, updatedAt: at, archivedAt: null };
    many[index]!.tell(customerCreated, state, { version: 1 });
    return reply(state, { version: 1 });
  });
});

let db: FreshDatabase, nats: FreshNats, app: App, gateway: Bus;
const originKey = randomBytes(32).toString('base64url');
const freePort = () => new Promise<number>((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const { port } = server.address() as { port: number }; server.close(() => resolve(port)); });
});

beforeAll(async () => {
  [db, nats] = await Promise.all([freshDatabase('events', migrations), freshNats()]);
  app = await startService({
    contract, tables: [], operations: { createCustomer: makeTogether, getCustomer: async () => notFound({ en: 'customer', fr: 'client' }) }, reactions: {},
  },
    { NATS_URL: nats.url('events'), DATABASE_URL: db.url, HEALTH_PORT: String(await freePort()), LOG_LEVEL: 'error', ORIGIN_KEY: originKey });
  gateway = await connectBus(nats.url('gateway'));
});
afterAll(async () => { await closeBus(gateway); await stopApp(app); await Promise.all([db.drop(), nats.drop()]); });
beforeEach(() => { groups = []; });

type Sent = Pick<AskOver, 'key' | 'traceparent'> & { readonly name: string; readonly caller: Caller };
const ask = ({ name, caller, ...over }: Sent) => askAs(gateway, caller, createCustomer, { body: { name }, ...over });
const countOf = async (name: string) => (await db.query('select 1 from customer where name = $1', [name])).length;

/** All of these in one group: they come in while an earlier one is written. */
async function inOneGroup(sent: readonly Sent[]) {
  let open!: () => void;
  gate = new Promise((resolve) => { open = resolve; });
  const before = groups.length;
  const first = ask({ name: 'first', caller: aCaller() });
  await eventually(() => groups.length, (count) => count > before);
  const asked = Promise.all(sent.map(ask));
  // Questions of one connection come in their order: once this one is answered, all before it are in line.
  await askAs(gateway, aCaller(), getCustomer, { params: { id: uuid7() } });
  open();
  expect((await first).status).toBe(201);
  return asked;
}

describe('questions that come in while others are written', () => {
  test('are answered in one transaction, each with its own answer and its own facts', async () => {
    const callers = Array.from({ length: 3 }, (_, n) => aCaller({ ip: `192.0.2.${n}` }));
    const sent = callers.flatMap((caller, n) =>
      [`A${n}`, `B${n}`].map((name) => ({ name, caller, traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00` })));
    const answers = await inOneGroup(sent);
    expect(groups).toEqual([1, 6]);
    for (const [index, { name, caller, traceparent }] of sent.entries()) {
      const { id } = answers[index]!.body;
      expect(answers[index]).toMatchObject({ status: 201, etag: '"1"', location: `/api/customers/${id}`, replayed: false, body: { name } });
      expect(await db.query('select company_id, name from customer where id = $1', [id])).toEqual([{ company_id: caller.companyId, name }]);
      const [told] = await db.query<{ subject: string; message: string }>('select subject, message from outbox where aggregate_id = $1', [id]);
      expect(told!.subject).toBe(`evt.${caller.companyId}.events.customer.created.v1`);
      const message = JSON.parse(told!.message) as Record<string, string>;
      expect(message).toMatchObject({ companyid: caller.companyId, actorid: caller.id });
      expect(message['traceparent']!.slice(3, 35)).toBe(traceparent.slice(3, 35));
      expect(openOrigin(originKey, message['origin']!)).toMatchObject({ ip: caller.ip });
    }
  });

  test('with one key have one effect and replays, under another body are refused, and are not mixed up with anybody else’s', async () => {
    const [ana, eve] = [aCaller(), aCaller()];
    const colleague = aCaller({ companyId: ana.companyId });
    const once = { name: 'once', caller: ana, key: 'k' };
    const [first, again, other, third, hers, his] = await inOneGroup([once, once, { ...once, name: 'other' }, once, { ...once, caller: eve }, { ...once, caller: colleague }]);
    expect(first).toMatchObject({ status: 201, replayed: false });
    for (const replay of [again, third]) expect(replay).toEqual({ ...first!, replayed: true });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.key-reused' } });
    expect(new Set([first, hers, his].map((answer) => answer!.body.id)).size).toBe(3);
    expect([await countOf('once'), await countOf('other')]).toEqual([3, 0]);
    // The repeats are told what the first is told.
    expect(groups).toEqual([1, 3]);
    // The same when it is kept already.
    const [kept, reused, fresh] = await inOneGroup([once, { ...once, name: 'other' }, { ...once, key: 'k2' }]);
    expect(kept).toEqual({ ...first!, replayed: true });
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency.key-reused' } });
    expect(fresh).toMatchObject({ status: 201, replayed: false });
  });

  test('whose first answer is not kept are each asked themselves', async () => {
    const lost = { name: 'nobody', caller: aCaller(), key: 'lost' };
    const answers = await inOneGroup([lost, lost, { ...lost, name: 'somebody' }, lost]);
    expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual([[404, false], [404, false], [201, false], [422, false]]);
    expect(await db.query("select status from idempotency where key = 'lost'")).toEqual([{ status: 201 }]);
  });

  test('do not pay for one that fails: it fails alone', async () => {
    const caller = aCaller();
    const answers = await inOneGroup([...Array.from({ length: 5 }, (_, n) => ({ name: 'innocent', caller, key: `i${n}` })), { name: 'poison', caller, key: 'p' }]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 500]);
    expect(groups).toEqual([1, 6, 1, 1, 1, 1, 1, 1]);
    expect([await countOf('innocent'), await countOf('poison')]).toEqual([5, 0]);
    expect(await db.query("select 1 from idempotency where key = 'p'")).toEqual([]);
  });

  test('are all told of an outage, and not asked again', async () => {
    const caller = aCaller();
    const answers = await inOneGroup([...Array.from({ length: 3 }, () => ({ name: 'unlucky', caller })), { name: 'away', caller }]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    expect(groups).toEqual([1, 4]);
    expect(await countOf('unlucky')).toBe(0);
  });
});

describe('a key that another transaction holds', () => {
  const hold = async (caller: Caller, key: string) => {
    const other = new pg.Client({ connectionString: db.url });
    await other.connect();
    await other.query('begin');
    // Whoever holds it had the same request.
    await other.query(`insert into idempotency (company_id, user_id, operation, key, fingerprint, status, type, body) values ($1, $2, $3, $4,
      sha256(convert_to('{}', 'UTF8') || '\\x00'::bytea || convert_to('{"name":"held"}', 'UTF8')), 201, 'application/json', '{"kept":true}')`,
      [caller.companyId, caller.id, createCustomer.name, key]);
    return async (end: 'commit' | 'rollback') => { await other.query(end); await other.end(); };
  };

  test('keeps only its own question waiting, and gives it the answer that was kept', async () => {
    const caller = aCaller();
    const release = await hold(caller, 'held');
    let held: Awaited<ReturnType<typeof ask>> | undefined;
    const waiting = inOneGroup([{ name: 'held', caller, key: 'held' }]).then(([answer]) => { held = answer; });
    const others = await Promise.all(Array.from({ length: 4 }, (_, n) => ask({ name: 'goes on', caller, key: `other${n}` })));
    expect(others.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(held).toBeUndefined();
    await release('commit');
    await waiting;
    expect(held).toMatchObject({ status: 201, replayed: true, body: { kept: true } });
    expect(await countOf('held')).toBe(0);
  });

  test('for too long is in progress; its neighbours in the group are answered', async () => {
    const caller = aCaller();
    const release = await hold(caller, 'long');
    const [held, neighbour] = await inOneGroup([{ name: 'held', caller, key: 'long' }, { name: 'neighbour', caller, key: 'next' }]);
    expect(held).toMatchObject({ status: 409, body: { code: 'idempotency.in-progress' } });
    expect(neighbour).toMatchObject({ status: 201 });
    await release('rollback');
    expect(await ask({ name: 'held', caller, key: 'long' })).toMatchObject({ status: 201, replayed: false });
  });
});
