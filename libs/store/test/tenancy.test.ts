import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '@regie/testing';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { closeDatabase, infrastructureSql, openDatabase, tenantSql, transact, transactMany, uuid7, type Database, type Migration } from '../src/index.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const [mine, theirs] = [uuid7(), uuid7()];

describe('on one pooled connection', () => {
  let db: FreshDatabase, store: Database;
  beforeAll(async () => {
    db = await freshDatabase('events', [{
      at: 1764000000000, name: 'start',
      sql: `${infrastructureSql('events')}create table thing (id uuid primary key, company_id uuid not null);${tenantSql('events', 'thing')}`,
    }]);
    store = await openDatabase('events', db.url, [], { poolSize: 1 });
    await db.query('insert into thing select gen_random_uuid(), company from unnest($1::uuid[]) company, generate_series(1, 3)', [[mine, theirs]]);
  });
  afterAll(async () => { await closeDatabase(store); await db.drop(); });

  const left = () => store.source.query<{ company: string | null; companies: string | null; role: string; pid: number }[]>(
    `select nullif(current_setting('app.company', true), '') as company,
     nullif(current_setting('app.companies', true), '') as companies, current_user as role, pg_backend_pid() as pid`);
  const seen = (companyId: string | null) => transact(store, { companyId, actorId: null }, (tx) => tx.query<{ company_id: string }>('select company_id from thing'));

  test('a transaction leaves neither a company nor a role behind, committed or not', async () => {
    const [before] = await left();
    await seen(mine);
    await transactMany(store, [mine, theirs], { actorId: null }, (tx) => tx.query('select 1 from thing'));
    await expect(transact(store, { companyId: mine, actorId: null }, (tx) => tx.query('select * from nowhere'))).rejects.toThrow('nowhere');
    expect(await left()).toEqual([{ company: null, companies: null, role: 'events', pid: before!.pid }]);
  });

  test('each transaction sees its own company’s rows, a batch those it named, nobody’s none', async () => {
    expect(new Set((await seen(mine)).map(({ company_id }) => company_id))).toEqual(new Set([mine]));
    expect(await seen(null)).toEqual([]);
    expect(await transactMany(store, [theirs], { actorId: null }, (tx) => tx.query('select 1 from thing'))).toHaveLength(3);
    expect(await transactMany(store, [mine, theirs], { actorId: null }, (tx) => tx.query('select 1 from thing'))).toHaveLength(6);
  });

  test('outside a transaction of ours nothing is seen, and nothing is written for another company', async () => {
    await expect(store.source.query('select * from thing')).rejects.toThrow();
    await expect(transact(store, { companyId: mine, actorId: null }, (tx) => tx.query('insert into thing values (gen_random_uuid(), $1)', [theirs])))
      .rejects.toThrow('row-level security');
    expect(await transact(store, { companyId: mine, actorId: null }, (tx) =>
      tx.query('update thing set id = gen_random_uuid() where company_id = $1 returning 1', [theirs]))).toEqual([]);
  });

  test('a company’s id that is none never becomes part of a statement', async () => {
    await expect((async () => seen(`${mine}'; drop table thing; --`))()).rejects.toThrow('not a UUID');
  });
});

describe('every service', () => {
  const services = readdirSync(path.join(root, 'services')).filter((name) => existsSync(path.join(root, 'services', name, 'src', 'migrate.ts')));
  /** Rows of nobody's company, or of all of them: messages and remembered answers. What else a service keeps unfenced it says in its own tests. */
  /** What is due next, of whichever company: ids and times only, so that a timer finds them; the work itself is fenced. */
  const timers: Readonly<Record<string, readonly string[]>> = { due: ['company_id', 'due_at', 'equipment_id', 'reservation_id'] };
  const infrastructure = /^(outbox(_.*)?|inbox|quarantine|idempotency|migration)$/;

  test('is looked at', () => { expect(services).toEqual(expect.arrayContaining(['events', 'identity', 'inventory'])); });

  test.each(services)('%s fences every business table by company, and runs as a role that cannot step over the fence', async (service) => {
    const { migrations } = (await import(path.join(root, 'services', service, 'src', 'database.ts'))) as { migrations: readonly Migration[] };
    const db = await freshDatabase(service, migrations);
    try {
      const tables = await db.query<{ name: string; fenced: boolean; company: boolean; nullable: boolean; owner: string }>(`
        select c.relname as name, c.relrowsecurity as fenced, pg_get_userbyid(c.relowner) as owner,
          exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and not attisdropped) as company,
          exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and not attisdropped and not attnotnull) as nullable
        from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace`);
      const business = tables.filter(({ name }) => !infrastructure.test(name));
      expect(business.length).toBeGreaterThan(0);
      expect(business.filter(({ company, fenced }) => company && !fenced).filter(({ name }) => !(name in timers)).map(({ name }) => name)).toEqual([]);
      for (const { name } of business.filter((table) => table.name in timers)) {
        const columns = await db.query<{ name: string }>(
          `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by 1`, [name]);
        expect(columns.map((column) => column.name)).toEqual(timers[name]);
      }
      // Identity alone keeps people and sign-ins that belong to no company.
      if (service !== 'identity') expect(business.filter(({ company, nullable }) => !company || nullable).map(({ name }) => name)).toEqual([]);
      expect(tables.filter(({ owner }) => owner !== `${service}_owner`).map(({ name, owner }) => `${name} of ${owner}`)).toEqual([]);
      const [role] = await db.query('select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = $1', [service]);
      expect(role).toEqual({ rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false });
      expect(await db.query(`select 1 from pg_auth_members where pg_get_userbyid(member) = $1 and inherit_option`, [service])).toEqual([]);
    } finally {
      await db.drop();
    }
  });
});

test('nothing that is shipped sets a company for longer than its transaction', () => {
  const files = ['libs', 'services', 'stack'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file))
      .filter((file) => /\/src\/.*\.ts$/.test(file) && !file.includes('node_modules') && !file.endsWith('.test.ts')));
  expect(files.length).toBeGreaterThan(100);
  // set_config's third argument must be true, and "set" must be "set local", or the next borrower of the connection inherits it.
  const leaks = /set_config\s*\([^)]*,\s*false\s*\)|set\s+(?!local\b)(session\s+)?(app\.|role\b)/i;
  expect('select set_config(\'app.company\', $1, false)').toMatch(leaks);
  expect('set app.company = 1').toMatch(leaks);
  expect('set local app.company = 1').not.toMatch(leaks);
  expect(files.filter((file) => leaks.test(readFileSync(path.join(root, file), 'utf8').replaceAll(/\/\/.*|\/\*[^]*?\*\//g, '')))).toEqual([]);
});
