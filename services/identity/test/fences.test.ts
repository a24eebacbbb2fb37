import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { goodPassword, nobodyYet, operations, aWorld, type Person, type World } from './world.ts';

let world: World, service: pg.Client, mine: Person, theirs: Person, alone: Person;
beforeAll(async () => {
  world = await aWorld();
  [mine, theirs, alone] = [await world.anAdmin(), await world.anAdmin(), await world.somebodyAlone()];
  for (const person of [mine, theirs, alone]) {
    await world.ask(nobodyYet(), operations.refresh, { body: { refreshToken: person.refreshToken } });
    const elsewhere = await world.signIn(person.email);
    await world.ask(elsewhere, operations.logout, { body: {} });
  }
  service = new pg.Client({ connectionString: world.db.url });
  await service.connect();
});
afterAll(async () => { await service.end(); await world.drop(); });

/** What holds no company's rows. */
const infrastructure = ['idempotency', 'inbox', 'migration', 'outbox', 'outbox_pending', 'quarantine', 'signing_key', 'sign_in_failures', 'forgiven_refresh'];
const business = ['company', 'ended_access', 'login', 'person', 'person_term', 'refresh_token', 'session'];

const within = async <T>(settings: string, body: () => Promise<T>): Promise<T> => {
  await service.query(`begin; ${settings}`);
  try { return await body(); } finally { await service.query('rollback'); }
};
const seen = async (table: string): Promise<Record<string, unknown>[]> => (await service.query(`select * from ${table}`)).rows as Record<string, unknown>[];

describe('every business table', () => {
  test('is known here: a new one has to be fenced or named as infrastructure', async () => {
    const tables = await world.db.query<{ name: string }>(`select relname as name from pg_class
      where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition order by 1`);
    expect(tables.map(({ name }) => name)).toEqual([...infrastructure, ...business].toSorted());
  });

  test('has row-level security, and a company that is missing only where somebody is alone', async () => {
    const fenced = await world.db.query<{ name: string; on: boolean; nullable: boolean; alone: boolean }>(
      `select c.relname as name, c.relrowsecurity as on, not a.attnotnull as nullable, exists (select 1 from pg_policy p
       where p.polrelid = c.oid and p.polname = 'one_person') as alone
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'company_id' where c.relname = any($1) and c.relkind = 'r' order by 1`, [business]);
    expect(fenced.map(({ name, on }) => [name, on])).toEqual(business.map((name) => [name, true]));
    for (const { nullable, alone: has } of fenced) expect(has).toBe(nullable);
    expect(fenced.filter(({ nullable }) => !nullable).map(({ name }) => name)).toEqual(['company', 'person_term']);
  });

  test.each(business)('%s shows a company its own rows only', async (table) => {
    await within(`set local app.company = '${mine.companyId}'`, async () => {
      const rows = await seen(table);
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map(({ company_id: id }) => id))).toEqual(new Set([mine.companyId]));
    });
  });

  test.each(business.filter((table) => table !== 'company' && table !== 'person_term'))('%s shows somebody alone its own rows only', async (table) => {
    await within(`set local app.company = '00000000-0000-0000-0000-000000000000'; set local app.person = '${alone.id}'`, async () => {
      const rows = await seen(table);
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((row) => row[table === 'person' ? 'id' : 'person_id']))).toEqual(new Set([alone.id]));
    });
    // Naming somebody of a company shows nothing: that person's rows are the company's.
    await within(`set local app.company = '00000000-0000-0000-0000-000000000000'; set local app.person = '${mine.id}'`, async () => expect(await seen(table)).toEqual([]));
  });

  test.each(business)('%s shows nothing where nobody is named', async (table) => {
    await within(`set local app.company = '00000000-0000-0000-0000-000000000000'`, async () => expect(await seen(table)).toEqual([]));
  });

  test('takes no row for another company', async () => {
    await within(`set local app.company = '${mine.companyId}'`, async () => {
      await expect(service.query(`insert into login (id, company_id, person_id, ip, user_agent, outcome) values (uuidv7(), $1, $2, '', '', 'success')`,
        [theirs.companyId, theirs.id])).rejects.toThrow(/row-level security/);
    });
    await within(`set local app.company = '${mine.companyId}'`, async () => {
      await expect(service.query(
        `insert into login (id, company_id, person_id, ip, user_agent, outcome) values (uuidv7(), null, $1, '', '', 'success')`, [alone.id]))
        .rejects.toThrow(/row-level security/);
    });
    await within(`set local app.company = '${mine.companyId}'`, async () => {
      expect((await service.query(`update person set roles = '{admin}' where id = $1`, [theirs.id])).rowCount).toBe(0);
    });
  });
});

describe('the role of sign-in', () => {
  const platform = <T>(body: () => Promise<T>): Promise<T> => within(`set local role identity_platform`, body);

  test('goes from an address or a token to whose it is, and no further', async () => {
    await platform(async () => expect((await service.query('select id, company_id from person where email = $1', [theirs.email])).rows)
      .toEqual([{ id: theirs.id, company_id: theirs.companyId }]));
    await platform(async () =>
      expect(Number((await service.query('select count(*) from refresh_token where session_id = $1', [theirs.sessionId])).rows[0].count))
        .toBeGreaterThan(0));
    for (const refused of [
      'select password_hash from person', 'select first_name from person', 'select roles from person',
      'select * from company', 'select * from login', 'select ip from session', 'select successor from refresh_token',
      `update person set active = true`, `delete from person`, `insert into company (id) values (uuidv7())`,
      `update refresh_token set used_at = null`, 'select * from signing_key', 'select * from outbox', 'select * from idempotency',
    ]) await platform(() => expect(service.query(refused)).rejects.toThrow(/permission denied/));
  });

  test('deletes only what is of no use any more', async () => {
    await platform(async () => expect((await service.query('delete from session where created_at is not null')).rowCount).toBe(0));
    await platform(async () => expect((await service.query('delete from ended_access')).rowCount).toBe(0));
  });

  test('is put on by nobody unasked: the service inherits nothing of it', async () => {
    await within(`set local app.company = '${mine.companyId}'`, async () => expect((await service.query('select 1 from person where id = $1', [theirs.id])).rows).toEqual([]));
    expect((await service.query(`select rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname = 'identity_platform'`)).rows)
      .toEqual([{ rolcanlogin: false, rolsuper: false, rolbypassrls: false }]);
  });
});

describe('secrets', () => {
  test('are in no table, as they are or hashed fast: neither passwords, nor tokens', async () => {
    const email = 'nadia@secrets.example.com';
    const words = { password: 'sept-lampadaires-violets', next: 'huit-gradins-mouilles' };
    await world.ask(nobodyYet(), operations.register, { body: { email, password: words.password, firstName: 'Nadia', lastName: 'Kaci', company: { name: 'Secrète' } } });
    const person = await world.signIn(email, words.password);
    const { body } = await world.ask(nobodyYet(), operations.refresh, { body: { refreshToken: person.refreshToken }, key: 'refresh-key' });
    await world.ask(person, operations.changePassword, { body: { currentPassword: words.password, newPassword: words.next }, key: 'change-key' });
    const colleague = await world.ask(person, operations.createUser, {
      body: { email: 'colleague@secrets.example.com', firstName: 'A', lastName: 'B', roles: ['driver'], password: words.password }, key: 'create-key',
    });
    expect(colleague.status).toBe(201);

    const secrets = [words.password, words.next, goodPassword, person.refreshToken, body.refreshToken, person.accessToken, body.accessToken, body.accessToken.split('.')[2]];
    for (const table of [...infrastructure.filter((name) => name !== 'migration'), ...business]) {
      const [row] = await world.db.query<{ all: string | null }>(`select string_agg(t::text, ' ') as all from ${table} t`);
      const text = row!.all ?? '';
      for (const secret of secrets) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('hex'));
      }
    }
    // Only what was made to be repeated is kept: of these three the colleague.
    expect((await world.db.query<{ key: string }>(`select key from idempotency where key like '%-key'`)).map(({ key }) => key)).toEqual(['create-key']);
  });
});
