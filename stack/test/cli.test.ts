import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectBus, type Bus } from '@regie/bus';
import { userFacts } from '@regie/contracts';
import { closeDatabase, openDatabase, startRelay, transact, uuid7, type Migration } from '@regie/store';
import { eventually, freshDatabase, freshNats, type FreshDatabase, type FreshNats } from '@regie/testing';
import { MongoClient, type Db } from 'mongodb';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const services = ['events', 'identity', 'inventory'] as const;
const databases = {} as Record<(typeof services)[number], FreshDatabase>;
const empty = mkdtempSync(path.join(tmpdir(), 'regie-cli-'));
let nats: FreshNats, provision: Bus, mongo: MongoClient, trail: Db, env: NodeJS.ProcessEnv;

beforeAll(async () => {
  nats = await freshNats();
  for (const service of services) {
    const { migrations } = (await import(path.join(root, 'services', service, 'src', 'database.ts'))) as { migrations: readonly Migration[] };
    databases[service] = await freshDatabase(service, migrations);
  }
  const mongoUrl = new URL(process.env['TEST_MONGODB_URL']!);
  mongoUrl.pathname = `/test_cli_${randomBytes(6).toString('hex')}`;
  mongo = new MongoClient(mongoUrl.href);
  trail = mongo.db();
  provision = await connectBus(nats.url('provision'));
  env = {
    PATH: process.env['PATH'], REGIE_STACK: empty, NATS_URL: nats.url('provision'), REDIS_URL: process.env['TEST_REDIS_URL'], MONGODB_URL: mongoUrl.href,
    ...Object.fromEntries(services.map((service) => [`DATABASE_OWNER_URL_${service.toUpperCase()}`, databases[service].ownerUrl])),
  };
});
afterAll(async () => {
  await trail.dropDatabase();
  await Promise.all([mongo.close(), provision.nc.close(), ...services.map((service) => databases[service].drop())]);
  await nats.drop();
  rmSync(empty, { recursive: true, force: true });
});

/** Runs `npx regie …` as its own process. */
const regie = (args: string, over: NodeJS.ProcessEnv = {}) => new Promise<{ code: number; out: string }>((resolve) => {
  execFile(process.execPath, [path.join(root, 'stack/bin/regie.js'), ...args.split(' ').filter(Boolean)], { env: { ...env, ...over } },
    (error, out, err) => resolve({ code: error ? Number(error.code ?? 1) : 0, out: out + err }));
});
const fact = (n: number) => ({
  specversion: '1.0', id: uuid7(), source: '/inventory', type: 'regie.inventory.reservation.reserved.v1', subject: uuid7(), companyid: uuid7(), data: { n },
});

describe('npx regie', () => {
  test('explains itself in the language of the shell, and what it does not know', async () => {
    expect(await regie('')).toMatchObject({ code: 0, out: expect.stringContaining('look at everything') });
    expect(await regie('--help', { LANG: 'fr_FR.UTF-8' })).toMatchObject({ code: 0, out: expect.stringContaining('tout examiner') });
    expect(await regie('outbox burn')).toMatchObject({ code: 1, out: expect.stringContaining('No such command: outbox burn') });
    expect(await regie('outbox status --nothing')).toMatchObject({ code: 1, out: expect.stringContaining('No such command') });
  });

  test('says in one sentence that nothing runs and nothing was named', async () => {
    expect(await regie('outbox status', {
      ...Object.fromEntries(Object.keys(env).filter((name) => name.endsWith('_URL') || name.startsWith('DATABASE')).map((name) => [name, undefined])),
    })).toEqual({ code: 1, out: expect.stringMatching(/^Nothing runs here: start it with `npm start`.*\n$/) });
  });
});

describe('doctor', () => {
  test('finds nothing where all is well', async () => {
    const { code, out } = await regie('doctor');
    expect(out).not.toContain('✗');
    for (const line of [
      /✓ Node v24/, /✓ PostgreSQL 18/, /✓ NATS 2\.\d+/, /✓ stream FACTS: 0 messages/, /✓ consumer audit-facts: 0 to come/,
      /✓ Redis protocol/, /✓ MongoDB protocol/, /✓ inventory: companies are fenced/, /✓ events: outbox empty/, /All is well\./,
    ]) expect(out).toMatch(line);
    expect(code).toBe(0);
  });

  test('names each fault and what to do next', async () => {
    await provision.manager.consumers.delete('FACTS', 'events-decisions');
    await provision.manager.consumers.update('FACTS', 'audit-facts', { ack_wait: 9_000_000_000 });
    await databases.inventory.query('alter table equipment disable row level security');
    await databases.identity.query(`delete from migration`);
    await databases.events.query(`insert into outbox (id, aggregate_id, sequence, subject, message)
      values ('01900000-0000-7000-8000-000000000000', gen_random_uuid(), 1, 'x', '{}')`);
    await databases.events.query('insert into outbox_pending select day, position from outbox');
    const { code, out } = await regie('doctor', { REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(1);
    for (const line of [
      /✗ consumer events-decisions: .*not found\n {2}→ .*npm start/, /✗ consumer audit-facts is not as declared: ack_wait/,
      /✗ inventory: no row-level security on equipment/, /✗ identity: not migrated: start1764000000000\n {2}→ node services\/identity/,
      /✗ events: 1 messages not published, the oldest for \d+ d/, /✗ Redis does not answer: .*ECONNREFUSED/, /6 to be mended/,
    ]) expect(out).toMatch(line);
    expect((await regie('doctor', { LC_ALL: 'fr_FR.UTF-8' })).out).toContain('✗ inventory : pas de sécurité par ligne sur equipment');
    await databases.inventory.query('alter table equipment enable row level security');
    await databases.events.query('delete from outbox_pending');
    await databases.events.query('delete from outbox');
  });

  test('does not wait for a server that hangs', async () => {
    const { code, out } = await regie('doctor', {
      NATS_URL: 'nats://provision:x@127.0.0.1:1', MONGODB_URL: 'mongodb://127.0.0.1:1/audit',
      DATABASE_OWNER_URL_EVENTS: 'postgres://x:y@127.0.0.1:1/events',
    });
    expect(code).toBe(1);
    for (const line of ['✗ NATS: NATS does not answer.', '✗ MongoDB does not answer', '✗ PostgreSQL does not answer', '✓ Redis']) expect(out).toContain(line);
  });
});

describe('quarantine', () => {
  const readable = Buffer.from(JSON.stringify(fact(1)));
  let id: string;
  beforeAll(async () => {
    const rows = await databases.events.query<{ id: string }>(
      'insert into quarantine (stream, consumer, stream_sequence, subject, bytes, reason) values ($1, $2, 7, $3, $4, $5) returning id',
      ['FACTS', 'events-decisions', 'evt.c1.inventory.reservation.reserved.v1', readable, 'SyntaxError: not yet']);
    id = rows[0]!.id;
    await trail.collection<{ _id: string }>('quarantine').insertOne({
      _id: 'FACTS-audit-facts-9', stream: 'FACTS', consumer: 'audit-facts', streamSequence: 9, subject: 'evt.c1.inventory.reservation.reserved.v1',
      bytes: Buffer.from([255, 0]), reason: 'not UTF-8', quarantinedAt: new Date(), replayedAt: null,
    } as never);
  });

  test('is listed over all services, and one is shown with its bytes', async () => {
    const { code, out } = await regie('quarantine list');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`${id} .*events-decisions .*SyntaxError: not yet`));
    expect(out).toContain('FACTS-audit-facts-9');
    expect((await regie(`quarantine show ${id}`)).out).toContain(readable.toString());
    expect((await regie('quarantine show FACTS-audit-facts-9')).out).toMatch(/\nff00\n/);
    expect(await regie('quarantine show nothing')).toMatchObject({ code: 1, out: expect.stringContaining('Nothing in quarantine is called nothing') });
  });

  test('is replayed: the same bytes go to the same subject, and are not asked for again', async () => {
    const before = (await provision.manager.streams.info('FACTS')).state.last_seq;
    expect(await regie(`quarantine replay ${id}`)).toMatchObject({ code: 0, out: expect.stringContaining('published again to evt.c1.inventory.reservation.reserved.v1') });
    const message = await provision.manager.streams.getMessage('FACTS', { seq: before + 1 });
    expect([message?.subject, Buffer.from(message!.data)]).toEqual(['evt.c1.inventory.reservation.reserved.v1', readable]);
    expect((await regie('quarantine list')).out).not.toContain(id);
    expect((await regie('quarantine list --all')).out).toContain('↻ SyntaxError: not yet');
    expect((await regie('quarantine replay --all')).out).toContain('FACTS-audit-facts-9');
    expect((await provision.manager.streams.info('FACTS')).state.last_seq).toBe(before + 2);
    expect((await regie('quarantine list')).out).toContain('Nothing is in quarantine.');
  });
});

describe('outbox', () => {
  test('says what is pending, and publishes again what is kept', async () => {
    const store = await openDatabase('identity', databases.identity.url, []);
    for (let version = 1; version <= 3; version++) await transact(store, { companyId: uuid7(), actorId: null },
      async (tx) => { tx.tell(userFacts.companyChanged, { id: uuid7() } as never, { version }); return Promise.resolve(); });
    expect((await regie('outbox status')).out).toMatch(/identity +3 +\d+ s +3\n/);
    const bus = await connectBus(nats.url('identity'));
    const relay = startRelay(bus, databases.identity.url, () => undefined);
    const pending = () => databases.identity.query('select 1 from outbox_pending');
    const stored = async () => (await provision.manager.streams.info('FACTS', { subjects_filter: 'evt.*.identity.company.changed.v1' })).state.messages;
    await eventually(pending, (rows) => rows.length === 0);
    const before = await stored();

    expect(await regie('outbox republish --service identity --since 2100-01-01T00:00:00Z')).toMatchObject({ code: 0, out: 'identity: 0 messages are published again.\n' });
    // As after the loss of all NATS kept.
    await provision.manager.streams.purge('FACTS');
    await nats.restart();
    expect((await regie('outbox republish')).out).toMatch(/identity: 3 messages are published again\./);
    await eventually(pending, (rows) => rows.length === 0, 20_000);
    expect(before).toBeGreaterThanOrEqual(3);
    expect(await regie('outbox republish --service nobody')).toMatchObject({ code: 1, out: expect.stringContaining('there are: events, identity, inventory') });
    expect((await regie('outbox republish --since yesterday')).code).toBe(1);
    await relay.stop();
    await closeDatabase(store);
    await bus.nc.close();
  }, 40_000);
});

describe('audit verify', () => {
  test('ends well on a whole trail and with 1 on a changed one', async () => {
    expect(await regie('audit verify')).toMatchObject({ code: 0, out: expect.stringContaining('✓ The trail is whole: 0 entries in 0 blocks.') });
    await trail.collection<{ _id: number }>('blocks').insertOne({ _id: 1, prev: 'x', root: 'y', entries: [], at: new Date(), hash: 'z' } as never);
    expect(await regie('audit verify')).toMatchObject({ code: 1, out: expect.stringContaining('✗ The trail was changed: block 1: does not follow the block before it.') });
    expect(await regie('audit verify --checkpoint 1:short')).toMatchObject({ code: 1, out: expect.stringContaining('A checkpoint is') });
  });
});
