import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { atOnce } from '@regie/testing';
import { withoutDecoy } from './controls/no-decoy.ts';
import { timesOfRefusals } from './signing-in.ts';
import { anEmail, aWorld, goodPassword, nobodyYet, operations, type Told, type World } from './world.ts';

let world: World;
beforeAll(async () => { world = await aWorld(); });
afterAll(() => world.drop());

const login = (email: string, password: string, ip = '192.0.2.7'): Promise<Told> =>
  world.ask(nobodyYet({ ip, userAgent: 'Console' }), operations.login, { body: { email, password } });

describe('signing in', () => {
  test('answers tokens, the person and its events', async () => {
    const { email } = await world.anAdmin();
    const { status, body } = await login(email.toUpperCase(), goodPassword);
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { email, roles: ['admin'], lastLoginAt: expect.any(String) }, events: [], expiresIn: expect.any(Number) });
    expect(Object.keys(body).toSorted()).toEqual(['accessToken', 'events', 'expiresIn', 'refreshToken', 'user']);
  });

  test('changes no version of the person', async () => {
    const admin = await world.anAdmin();
    await login(admin.email, goodPassword);
    expect((await world.ask(admin, operations.getProfile)).etag).toBe('"1"');
  });

  test('takes one password typed in two ways for one', async () => {
    const email = anEmail();
    const password = 'e\u0301clairage tr\u00e8s doux';
    await world.ask(nobodyYet(), operations.register, { body: { email, password, firstName: 'Zoé', lastName: 'Roy' } });
    expect((await login(email, password.normalize('NFC'))).status).toBe(200);
  });

  test('is kept as argon2id at OWASP’s cost', async () => {
    const { id } = await world.anAdmin();
    const [row] = await world.db.query<{ password_hash: string }>('select password_hash from person where id = $1', [id]);
    expect(row!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('hashes anew what was hashed at another cost', async () => {
    const { id, email } = await world.anAdmin();
    await world.db.query('update person set password_hash = $2 where id = $1', [id, await hash(goodPassword, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })]);
    expect((await login(email, goodPassword)).status).toBe(200);
    const [row] = await world.db.query<{ password_hash: string }>('select password_hash from person where id = $1', [id]);
    expect(row!.password_hash).toMatch(/m=19456,t=2,p=1/);
    expect((await login(email, goodPassword)).status).toBe(200);
  });
});

describe('an address nobody has', () => {
  test('is answered as a wrong password is, after the same work', async () => {
    const { email } = await world.anAdmin();
    const { checked, ms, answers } = await timesOfRefusals(world, email);
    expect(checked).toEqual({ known: 21, unknown: 21 });
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('auth.credentials-wrong');
    expect(ms.unknown).toBeGreaterThan(ms.known * 0.5);
    expect(ms.unknown).toBeLessThan(ms.known * 2);
  });

  test('would be known by its time if nothing were hashed for it', async () => {
    const broken = await aWorld({ tools: { passwords: withoutDecoy(world.tools.passwords) } });
    try {
      const { email } = await broken.anAdmin();
      const { ms } = await timesOfRefusals({ ...broken, tools: world.tools }, email);
      expect(ms.unknown).toBeLessThan(ms.known * 0.5);
    } finally {
      await broken.drop();
    }
  });

  test('makes its guesser wait as a real one does', async () => {
    const email = anEmail();
    for (let n = 0; n < 5; n++) expect((await login(email, 'wrong wrong wrong')).status).toBe(401);
    expect((await login(email, 'wrong wrong wrong')).status).toBe(429);
  });
});

describe('guessing', () => {
  test('has to wait after five, longer each time, and not elsewhere', async () => {
    const { email } = await world.anAdmin();
    const checks = () => world.tools.passwords.checks();
    const answers: Told[] = [];
    for (let n = 0; n < 20; n++) answers.push(await login(email, 'wrong wrong wrong'));
    expect(answers.slice(0, 5).map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(answers[5]).toMatchObject({ status: 429, body: { code: 'rate.limited', retryAfter: expect.any(Number) } });
    // The right one has to wait too, or the answer would tell which one it is; and nothing is hashed for it.
    const before = checks();
    const right = await login(email, goodPassword);
    expect(right.status === 429 ? checks() - before : 0).toBe(0);
    expect((await login(email, goodPassword, '203.0.113.9')).status).toBe(200);

    const wait = async (): Promise<number> => {
      await world.db.query(`update sign_in_failures set last_at = last_at - interval '20 minutes'`);
      expect((await login(email, 'wrong wrong wrong')).status).toBe(401);
      return (await login(email, 'wrong wrong wrong')).body.retryAfter as number;
    };
    const waits = [await wait(), await wait(), await wait()];
    expect(waits[1]).toBeGreaterThan(waits[0]!);
    expect(waits[2]).toBeGreaterThan(waits[1]!);
    await world.db.query(`update sign_in_failures set last_at = last_at - interval '20 minutes'`);
    expect((await login(email, goodPassword)).status).toBe(200);
    expect((await login(email, 'wrong wrong wrong')).status).toBe(401);
  });

  test('at once gains nothing', async () => {
    const { email } = await world.anAdmin();
    const answers = await atOnce(30, () => login(email, 'wrong wrong wrong', '203.0.113.77'));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });
});

describe('the history', () => {
  test('keeps every attempt with its outcome, also the refused ones', async () => {
    const admin = await world.anAdmin();
    const colleague = await world.aColleague(admin, ['technician']);
    for (let n = 0; n < 6; n++) await login(colleague.email, 'wrong wrong wrong');
    await world.ask(admin, operations.deactivateUser, { params: { id: colleague.id } });
    expect(await login(colleague.email, goodPassword, '203.0.113.5')).toMatchObject({ status: 403, body: { code: 'auth.account-inactive' } });
    expect(await login(colleague.email, 'wrong wrong wrong', '203.0.113.5')).toMatchObject({ status: 401, body: { code: 'auth.credentials-wrong' } });

    const { body } = await world.ask(admin, operations.listLogins, { params: { userId: colleague.id } });
    expect(body.items.map(({ outcome }: { outcome: string }) => outcome))
      .toEqual(['wrong_password', 'inactive', 'limited', ...Array.from({ length: 5 }, () => 'wrong_password'), 'success']);
    expect(body.items[0]).toEqual({ id: expect.any(String), at: expect.any(String), ip: '203.0.113.5', userAgent: 'Console', outcome: 'wrong_password' });
    const told = await world.db.query<{ message: string }>(
      `select message from outbox where subject = $1 order by position`, [`int.${admin.companyId}.identity.sign-in.attempted.v1`]);
    expect(told.map(({ message }) => JSON.parse(message).data).filter(({ userId }) => userId === colleague.id)).toHaveLength(body.items.length);
  });

  test('is one’s own; an administrator reads those of its people, and nobody else’s', async () => {
    const [admin, stranger, alone] = [await world.anAdmin(), await world.anAdmin(), await world.somebodyAlone()];
    const colleague = await world.aColleague(admin, ['technician']);
    for (const person of [admin, colleague, alone]) expect((await world.ask(person, operations.listLogins)).body.items).toHaveLength(1);
    expect((await world.ask(colleague, operations.listLogins, { params: { userId: colleague.id } })).status).toBe(200);
    for (const [who, whose] of [[colleague, admin], [stranger, colleague], [alone, admin], [admin, alone], [admin, stranger]] as const) {
      expect((await world.ask(who, operations.listLogins, { params: { userId: whose.id } })).status).toBe(404);
    }
  });
});
