import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atOnce, eventually } from '@regie/testing';
import { anEmail, aWorld, goodPassword, nobodyYet, operations, type World } from './world.ts';

let world: World;
const chief = 'Chief@platform.example.com';
beforeAll(async () => { world = await aWorld({ platformAdmin: chief }); });
afterAll(() => world.drop());

const register = (body: object) =>
  world.ask(nobodyYet(), operations.register, { body: { email: anEmail(), password: goodPassword, firstName: 'Camille', lastName: 'Moreau', ...body } });

describe('registration', () => {
  test('makes a company with its first administrator', async () => {
    const answer = await register({ email: 'Camille.MOREAU@lumiere.example.com', phone: '+33612345678', company: { name: 'Atelier', siret: '732 829 320 00074' } });
    expect(answer).toMatchObject({ status: 201, location: '/api/auth/profile', body: {
      user: { email: 'camille.moreau@lumiere.example.com', roles: ['admin'], active: true, emailVerified: false, phone: '+33612345678', lastLoginAt: null, archivedAt: null },
      company: { name: 'Atelier', siret: '73282932000074', timeZone: 'Europe/Paris', currency: 'EUR', locale: 'fr' },
    } });
    expect(answer.body.user.companyId).toBe(answer.body.company.id);
    expect(JSON.stringify(answer.body)).not.toContain('password');
  });

  test('tells of both, each in the company’s name', async () => {
    const { body: { user, company } } = await register({ company: { name: 'Fait' } });
    const told = await world.db.query<{ subject: string }>('select subject from outbox where aggregate_id = any($1) order by subject', [[user.id, company.id]]);
    expect(told.map(({ subject }) => subject)).toEqual([`evt.${company.id}.identity.company.created.v1`, `int.${company.id}.identity.user.created.v1`]);
  });

  test('makes a person alone, without roles', async () => {
    const { status, body } = await register({});
    expect({ status, body }).toMatchObject({ status: 201, body: { user: { roles: [], companyId: null } } });
    expect(body.company).toBeUndefined();
  });

  test('takes an address once, in whatever case and however often at once', async () => {
    const email = anEmail();
    const answers = await atOnce(6, (index) => register({ email: index % 2 ? email.toUpperCase() : email, company: { name: `Nº ${index}` } }));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'user.email-taken' });
    expect(await world.db.query('select 1 from company where id not in (select company_id from person where company_id is not null)')).toEqual([]);
  });

  test('refuses a weak password and a wrong SIRET, and says where', async () => {
    expect(await register({ password: 'password1234567' })).toMatchObject({ status: 422, body: { code: 'password.too-weak', errors: [{ pointer: '/password' }] } });
    expect(await register({ password: 'sono-du-rhone-2026', company: { name: 'Sono du Rhône' } })).toMatchObject({ status: 422, body: { code: 'password.too-weak' } });
    expect(await register({ company: { name: 'X', siret: '73282932000075' } }))
      .toMatchObject({ status: 422, body: { code: 'company.siret-invalid', errors: [{ pointer: '/company/siret' }] } });
  });

  test.each([
    { roles: ['admin'] }, { company: { name: 'X', id: '0198c0de-0000-7000-8000-000000000000' } }, { email: 'no address' },
    { email: 5 }, { password: true }, { password: `long enough\u0000 to be one` }, { password: 'x'.repeat(201) },
    { password: '               ' }, { firstName: ' ' }, { firstName: 'a\ud800' }, { phone: '0612345678' },
    { company: { name: 'X', timeZone: 'Mars/Olympus' } }, { company: { name: 'X', currency: 'euro' } }, { company: null },
  ])('refuses what its contract does not know: %j', async (body) => {
    expect(await register(body)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
  });

  test('names the first platform administrator, once', async () => {
    expect((await register({ email: chief, company: { name: 'Plateforme' } })).body.user.roles).toEqual(['admin', 'platform_admin']);
    const { claims } = await world.signIn(chief.toUpperCase());
    expect(claims.roles).toContain('platform_admin');
    expect((await register({ company: { name: 'Autre' } })).body.user.roles).toEqual(['admin']);
  });
});

test('a platform administrator named after registering is one from the next start on', async () => {
  const other = await aWorld();
  try {
    const person = await other.somebodyAlone();
    await other.replica(undefined, { platformAdmin: person.email });
    await eventually(() => other.db.query<{ platform_admin: boolean }>('select platform_admin from person where id = $1', [person.id]), ([row]) => row?.platform_admin === true);
    expect((await other.signIn(person.email)).claims.roles).toEqual(['platform_admin']);
  } finally {
    await other.drop();
  }
});
