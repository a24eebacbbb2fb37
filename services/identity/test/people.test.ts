import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endsToken, type Caller, type EndedAccess, type Operation } from '@regie/contracts';
import { eventually } from '@regie/testing';
import { createHash } from 'node:crypto';
import { lockless } from './controls/no-locks.ts';
import { removeEachOther } from './last-admin.ts';
import { anEmail, aWorld, goodPassword, nobodyYet, operations, type Person, type World } from './world.ts';

let world: World, admin: Person;
beforeAll(async () => { world = await aWorld(); admin = await world.anAdmin('Atelier Lumière'); });
afterAll(() => world.drop());

const recent = async (): Promise<EndedAccess[]> => (await world.ask(nobodyYet(), operations.recentAccessChanges)).body.items;
const create = (over = {}, as: Caller = admin, key?: string) => world.ask(as, operations.createUser, {
  body: { email: anEmail(), firstName: 'Alix', lastName: 'Bernard', roles: ['technician'], password: goodPassword, ...over },
  ...(key === undefined ? {} : { key }),
});

describe('people of a company', () => {
  test('are added with their place, version and fact, and can sign in', async () => {
    const email = anEmail();
    const created = await create({ email: email.toUpperCase(), roles: ['technician', 'driver', 'technician'], phone: '+33612345678' });
    expect(created).toMatchObject({
      status: 201, etag: '"1"', location: `/api/users/${created.body.id}`, body: { email, roles: ['technician', 'driver'], companyId: admin.companyId },
    });
    expect((await world.ask(admin, operations.getUser, { params: { id: created.body.id } })).body).toEqual(created.body);
    const [told] = await world.db.query<{ message: string }>(`select message from outbox where aggregate_id = $1`, [created.body.id]);
    expect(JSON.parse(told!.message)).toMatchObject(
      { type: 'regie.identity.user.created.v1', sequence: '1', actorid: admin.id, data: { email, changes: { email: [null, email] } } });
    expect((await world.signIn(email)).claims.roles).toEqual(['technician', 'driver']);
  });

  test('have addresses nobody else has, here or in another company', async () => {
    const stranger = await world.anAdmin();
    expect(await create({ email: admin.email })).toMatchObject({ status: 409, body: { code: 'user.email-taken' } });
    expect(await create({ email: stranger.email.toUpperCase() })).toMatchObject({ status: 409, body: { code: 'user.email-taken' } });
  });

  test('have passwords that are worth the name', async () => {
    for (const password of ['short', 'atelierlumiere2026', 'AlixBernard2026'])
      expect(await create({ password })).toMatchObject({ status: 422, body: { code: 'password.too-weak' } });
  });

  test.each([[['platform_admin']], [['king']], [[]], ['admin']])('hold no such roles: %j', async (roles) => expect((await create({ roles })).status).toBe(400));

  test('with one key are added once, and the key keeps no hash of their password', async () => {
    const body = { email: anEmail() };
    const [first, again] = [await create(body, admin, 'one-key'), await create(body, admin, 'one-key')];
    expect(again).toMatchObject({ status: 201, replayed: true, body: first.body });
    expect(await create({ ...body, firstName: 'Autre' }, admin, 'one-key')).toMatchObject({ status: 422, body: { code: 'idempotency.key-reused' } });
    const [kept] = await world.db.query<{ fingerprint: Buffer }>(`select fingerprint from idempotency where key = 'one-key'`);
    const sent = JSON.stringify({ email: body.email, firstName: 'Alix', lastName: 'Bernard', roles: ['technician'], password: goodPassword });
    expect(kept!.fingerprint.equals(createHash('sha256').update('{}').update('\0').update(sent).digest())).toBe(false);
  });

  test('are listed and found, by role, state, name without accents and address', async () => {
    const boss = await world.anAdmin();
    for (const [firstName, lastName, roles] of [
      ['Zoé', 'Lefèvre', ['driver']], ['Ali', 'Haddad', ['technician']], ['Noé', 'Abry', ['technician', 'driver']],
    ]) await create({ firstName, lastName, roles }, boss);
    const names = async (params: object): Promise<string[]> =>
      (await world.ask(boss, operations.listUsers, { params: { ...params } })).body.items.map(({ lastName }: { lastName: string }) => lastName);
    expect(await names({})).toEqual(['Abry', 'Haddad', 'Lefèvre', 'Moreau']);
    expect(await names({ sort: 'lastName' })).toEqual(['Abry', 'Haddad', 'Lefèvre', 'Moreau']);
    expect(await names({ role: 'driver' })).toEqual(['Abry', 'Lefèvre']);
    expect(await names({ q: 'lefevre' })).toEqual(['Lefèvre']);
    expect(await names({ q: boss.email })).toEqual(['Moreau']);
    expect(await names({ active: false })).toEqual([]);
    const first = await world.ask(boss, operations.listUsers, { params: { limit: 3 } });
    expect(first.body.items).toHaveLength(3);
    expect(await names({ limit: 3, cursor: first.body.nextCursor })).toEqual(['Moreau']);
    expect((await world.ask(boss, operations.listUsers, { params: { cursor: 'eyJ' } })).status).toBe(400);
  });

  test('change their names under a version', async () => {
    const { body: { id } } = await create();
    const patched = await world.ask(admin, operations.patchUser, { params: { id }, body: { lastName: 'Nguyễn', phone: '+33700000000' }, ifMatch: '"1"' });
    expect(patched).toMatchObject({ status: 200, etag: '"2"', body: { firstName: 'Alix', lastName: 'Nguyễn', phone: '+33700000000' } });
    expect((await world.ask(admin, operations.patchUser, { params: { id }, body: { phone: null }, ifMatch: '"1"' })).status).toBe(412);
    expect(await world.ask(admin, operations.patchUser, { params: { id }, body: { phone: null } })).toMatchObject({ etag: '"3"', body: { phone: null } });
    expect((await world.ask(admin, operations.listUsers, { params: { q: 'nguyen' } })).body.items).toHaveLength(1);
    for (const field of ['email', 'roles', 'active', 'companyId', 'id', 'emailVerified'])
      expect((await world.ask(admin, operations.patchUser, { params: { id }, body: { [field]: 'x' } })).status).toBe(400);
  });

  test('are the company’s own: to another they do not exist', async () => {
    const stranger = await world.anAdmin();
    const { body: { id } } = await create();
    const all: [Operation, object?][] = [
      [operations.getUser], [operations.patchUser, { firstName: 'Mine' }], [operations.archiveUser],
      [operations.activateUser], [operations.deactivateUser], [operations.setUserRoles, { roles: ['admin'] }],
    ];
    for (const [operation, body] of all) expect(await world.ask(stranger, operation, { params: { id }, body })).toMatchObject({ status: 404, body: { code: 'not-found' } });
    const shown = JSON.stringify([(await world.ask(stranger, operations.listUsers)).body, (await world.ask(stranger, operations.listUsers, { params: { q: 'alix' } })).body]);
    expect(shown).not.toContain(id);
  });

  test('who are no administrators look after nobody', async () => {
    const technician = await world.aColleague(admin, ['technician', 'manager']);
    const alone = await world.somebodyAlone();
    for (const operation of [
      operations.listUsers, operations.createUser, operations.getUser, operations.patchUser, operations.archiveUser,
      operations.activateUser, operations.deactivateUser, operations.setUserRoles, operations.patchCompany,
    ]) {
      for (const who of [technician, alone, { ...alone, roles: ['admin'] } as Caller])
        expect((await world.ask(who, operation, { params: { id: technician.id }, body: {} })).status).toBe(403);
    }
    expect((await world.ask(technician, operations.getCompany)).status).toBe(200);
    expect((await world.ask(alone, operations.getCompany)).status).toBe(403);
  });
});

describe('somebody deactivated', () => {
  test('neither refreshes nor signs in, and the tokens it has are told to end', async () => {
    const person = await world.aColleague(admin, ['technician']);
    const heard: EndedAccess[] = [];
    const listening = world.gateway.nc.subscribe(
      'int.*.identity.access.changed.v1', { callback: (error, message) => { if (!error) heard.push(message.json<{ data: EndedAccess }>().data); } });
    const answer = await world.ask(admin, operations.deactivateUser, { params: { id: person.id } });
    expect(answer).toMatchObject({ status: 200, etag: '"2"', body: { active: false } });
    await eventually(() => heard, (all) => all.some((one) => endsToken(one, person.claims)));
    listening.unsubscribe();
    expect((await recent()).some((one) => endsToken(one, person.claims))).toBe(true);
    expect(await world.ask(nobodyYet(), operations.refresh, { body: { refreshToken: person.refreshToken } }))
      .toMatchObject({ status: 403, body: { code: 'auth.account-inactive' } });
    expect(await world.ask(nobodyYet(), operations.login, { body: { email: person.email, password: goodPassword } }))
      .toMatchObject({ status: 403, body: { code: 'auth.account-inactive' } });

    expect(await world.ask(admin, operations.activateUser, { params: { id: person.id } })).toMatchObject({ status: 200, body: { active: true } });
    expect(await world.ask(nobodyYet(), operations.refresh, { body: { refreshToken: person.refreshToken } }))
      .toMatchObject({ status: 401, body: { code: 'auth.refresh-invalid' } });
    const back = await world.signIn(person.email);
    expect((await recent()).some((one) => endsToken(one, back.claims))).toBe(false);
  });

  test('twice is deactivated once', async () => {
    const { body: { id } } = await create();
    await world.ask(admin, operations.deactivateUser, { params: { id } });
    expect((await world.ask(admin, operations.deactivateUser, { params: { id } })).etag).toBe('"2"');
  });
});

describe('somebody archived', () => {
  test('leaves the lists, still answers by id, cannot come in, and the address is free again', async () => {
    const person = await world.aColleague(admin, ['technician']);
    expect((await world.ask(admin, operations.archiveUser, { params: { id: person.id } })).status).toBe(204);
    expect((await world.ask(admin, operations.archiveUser, { params: { id: person.id } })).status).toBe(204);
    expect((await world.ask(admin, operations.getUser, { params: { id: person.id } })).body.archivedAt).not.toBeNull();
    const listed = async (archived: boolean): Promise<boolean> =>
      JSON.stringify((await world.ask(admin, operations.listUsers, { params: { archived, limit: 200 } })).body).includes(person.id!);
    expect([await listed(false), await listed(true)]).toEqual([false, true]);
    expect((await world.ask(nobodyYet(), operations.login, { body: { email: person.email, password: goodPassword } })).status).toBe(401);
    expect((await world.ask(nobodyYet(), operations.refresh, { body: { refreshToken: person.refreshToken } })).status).toBe(401);
    expect((await recent()).some((one) => endsToken(one, person.claims))).toBe(true);
    expect((await create({ email: person.email })).status).toBe(201);
  });
});

describe('the last administrator', () => {
  test('can be neither demoted, deactivated nor archived', async () => {
    const only = await world.anAdmin();
    const inactive = await world.aColleague(only, ['admin']);
    await world.ask(only, operations.deactivateUser, { params: { id: inactive.id } });
    for (const [operation, body] of [[operations.setUserRoles, { roles: ['manager'] }], [operations.deactivateUser], [operations.archiveUser]] as const) {
      expect(await world.ask(only, operation, { params: { id: only.id }, body })).toMatchObject({ status: 409, body: { code: 'user.last-admin' } });
    }
    expect((await world.ask(only, operations.setUserRoles, { params: { id: only.id }, body: { roles: ['admin', 'driver'] } })).status).toBe(200);
  });

  test('is left when two remove each other at once', async () => {
    const outcomes = await removeEachOther(world, 12);
    expect(outcomes.map(({ left }) => left)).toEqual(outcomes.map(() => 1));
    expect(outcomes.every(({ statuses }) => statuses.includes(409))).toBe(true);
  });

  test('would be gone without the locks', async () => {
    const broken = await aWorld({ changed: lockless });
    try {
      expect((await removeEachOther(broken, 12)).some(({ left }) => left === 0)).toBe(true);
    } finally {
      await broken.drop();
    }
  });
});

describe('one’s own', () => {
  test('profile is read and changed, in a company and alone', async () => {
    for (const person of [await world.anAdmin(), await world.somebodyAlone()]) {
      expect(await world.ask(person, operations.getProfile)).toMatchObject({ status: 200, etag: '"1"', body: { id: person.id, email: person.email } });
      expect(await world.ask(person, operations.patchProfile, { body: { firstName: 'Lou' }, ifMatch: '"1"' }))
        .toMatchObject({ status: 200, etag: '"2"', body: { firstName: 'Lou', lastName: 'Moreau' } });
      for (const field of ['roles', 'companyId', 'platformAdmin', 'email']) expect((await world.ask(person, operations.patchProfile, { body: { [field]: [] } })).status).toBe(400);
    }
  });

  test('password is changed with the present one, and all other sessions end', async () => {
    for (const here of [await world.anAdmin(), await world.somebodyAlone()]) {
      const there = await world.signIn(here.email);
      const change = (currentPassword: string, newPassword: string) => world.ask(here, operations.changePassword, { body: { currentPassword, newPassword } });
      expect(await change('not the right one', 'trois-poivrons-dansent')).toMatchObject({ status: 401, body: { code: 'auth.credentials-wrong' } });
      expect(await change(goodPassword, 'password1234567')).toMatchObject({ status: 422, body: { code: 'password.too-weak', errors: [{ pointer: '/newPassword' }] } });
      expect((await change(goodPassword, 'trois-poivrons-dansent')).status).toBe(204);
      expect((await world.ask(nobodyYet(), operations.refresh, { body: { refreshToken: there.refreshToken } })).status).toBe(401);
      expect((await world.ask(nobodyYet(), operations.refresh, { body: { refreshToken: here.refreshToken } })).status).toBe(200);
      const ended = await recent();
      expect([there, here].map(({ claims }) => ended.some((one) => endsToken(one, claims)))).toEqual([true, false]);
      expect((await world.ask(nobodyYet(), operations.login, { body: { email: here.email, password: goodPassword } })).status).toBe(401);
      await world.signIn(here.email, 'trois-poivrons-dansent');
    }
  });

  test('password is not to be guessed from a session that was left open', async () => {
    const { id, companyId, sessionId, roles, ...person } = await world.anAdmin();
    const change = () => world.ask({ ...person, id, companyId, sessionId, roles }, operations.changePassword,
      { body: { currentPassword: 'wrong wrong wrong', newPassword: 'trois-poivrons-dansent' } });
    for (let n = 0; n < 5; n++) expect((await change()).status).toBe(401);
    expect(await change()).toMatchObject({ status: 429, body: { code: 'rate.limited' } });
  });

  test('company is read by its staff and changed by its administrators', async () => {
    const boss = await world.anAdmin('Sono');
    const { body } = await world.ask(boss, operations.getCompany);
    expect(body).toMatchObject({ id: boss.companyId, name: 'Sono', timeZone: 'Europe/Paris', siret: null });
    expect(await world.ask(boss, operations.patchCompany, { body: { siret: '732 829 320 00074', locale: 'en' }, ifMatch: '"1"' }))
      .toMatchObject({ status: 200, etag: '"2"', body: { siret: '73282932000074', locale: 'en', name: 'Sono' } });
    expect((await world.ask(boss, operations.patchCompany, { body: { name: 'X' }, ifMatch: '"1"' })).status).toBe(412);
    expect(await world.ask(boss, operations.patchCompany, { body: { siret: '73282932000075' } })).toMatchObject({ status: 422, body: { code: 'company.siret-invalid' } });
    expect(await world.ask(boss, operations.patchCompany, { body: { siret: null } })).toMatchObject({ etag: '"3"', body: { siret: null } });
    expect((await world.ask(boss, operations.patchCompany, { body: { siret: null } })).etag).toBe('"3"');
  });
});
