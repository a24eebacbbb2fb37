import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accessToken, AccessClaims, endsToken, type EndedAccess } from '@regie/contracts';
import { atOnce, eventually } from '@regie/testing';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { createHash } from 'node:crypto';
import Value from 'typebox/value';
import { lockless } from './controls/no-locks.ts';
import { aWorld, nobodyYet, operations, type Told, type World } from './world.ts';

let world: World;
beforeAll(async () => { world = await aWorld(); await world.replica(); });
afterAll(() => world.drop());

const refresh = (refreshToken: string, over = {}): Promise<Told> => world.ask(nobodyYet(over), operations.refresh, { body: { refreshToken } });
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
/** Lets time pass for one token: what it did is so much longer ago. */
const age = (token: string, interval: string) => world.db.query(
  'with forgiven as (update forgiven_refresh set until = until - $2::interval where hash = $1) update refresh_token set issued_at = issued_at - $2::interval, used_at = used_at - $2::interval where hash = $1', [hashOf(token), interval]);
const recent = async (): Promise<EndedAccess[]> => (await world.ask(nobodyYet(), operations.recentAccessChanges)).body.items;

describe('an access token', () => {
  test('verifies with the published keys and says who, where and what', async () => {
    const admin = await world.anAdmin();
    const { body: keys } = await world.ask(nobodyYet(), operations.getKeys);
    const { payload, protectedHeader } = await jwtVerify(admin.accessToken, createLocalJWKSet(keys),
      { issuer: accessToken.issuer, audience: accessToken.audience, typ: accessToken.type, algorithms: [accessToken.algorithm] });
    expect(Value.Check(AccessClaims, payload)).toBe(true);
    expect(payload).toMatchObject({ sub: admin.id, company: admin.companyId, roles: ['admin'] });
    expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(600);
    expect(protectedHeader.kid).toBe(keys.keys[0].kid);
    expect(JSON.stringify(keys)).not.toMatch(/"d":/);
  });
});

describe('a refresh token', () => {
  test('is 256 random bits, kept as a hash only, and gives a pair of the same session', async () => {
    const admin = await world.anAdmin();
    expect(admin.refreshToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const { status, body } = await refresh(admin.refreshToken);
    expect(status).toBe(200);
    expect(body).toEqual({ accessToken: expect.any(String), refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), expiresIn: expect.any(Number) });
    expect(body.refreshToken).not.toBe(admin.refreshToken);
    expect(body.expiresIn).toBeLessThanOrEqual(600);
    expect(decodeProtectedHeader(body.accessToken)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' });
    expect((await refresh(body.refreshToken)).status).toBe(200);
  });

  test('used by many at once gives all of them the same successor', async () => {
    const { refreshToken } = await world.anAdmin();
    const answers = await atOnce(8, () => refresh(refreshToken));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    expect((await refresh(answers[0]!.body.refreshToken)).status).toBe(200);
  });

  test('would not without the locks', async () => {
    const broken = await aWorld({ changed: lockless });
    try {
      const outcomes = [];
      for (let round = 0; round < 5; round++) {
        const { refreshToken } = await broken.anAdmin();
        outcomes.push(...(await atOnce(4, () => broken.ask(nobodyYet(), operations.refresh, { body: { refreshToken } }))));
      }
      expect(outcomes.some(({ status }) => status !== 200)).toBe(true);
    } finally {
      await broken.drop();
    }
  });

  test('a second time within ten seconds gives the same successor once more', async () => {
    const { refreshToken } = await world.anAdmin();
    const first = await refresh(refreshToken);
    await age(refreshToken, '9 seconds');
    expect((await refresh(refreshToken)).body.refreshToken).toBe(first.body.refreshToken);
  });

  test('a second time after eleven seconds ends the family, and it is told', async () => {
    const admin = await world.anAdmin();
    const first = await refresh(admin.refreshToken);
    await age(admin.refreshToken, '11 seconds');
    expect(await refresh(admin.refreshToken)).toMatchObject({ status: 401, body: { code: 'auth.refresh-reused' } });
    expect(await refresh(first.body.refreshToken)).toMatchObject({ status: 401, body: { code: 'auth.refresh-invalid' } });
    const ended = (await recent()).find(({ sessionId }) => sessionId === admin.sessionId)!;
    expect(ended.userId).toBe(admin.id);
    expect(endsToken(ended, admin.claims)).toBe(true);
    const told = await world.db.query<{ message: string }>(`select message from outbox where subject like '%identity.session.ended%' and aggregate_id = $1`, [admin.sessionId]);
    expect(told.map(({ message }) => JSON.parse(message))).toMatchObject([{ actorid: admin.id, companyid: admin.companyId, data: { userId: admin.id, reason: 'reused' } }]);
  });

  test('whose successor was used ends the family at once, however fresh', async () => {
    const { refreshToken } = await world.anAdmin();
    const child = (await refresh(refreshToken)).body.refreshToken;
    const grandchild = (await refresh(child)).body.refreshToken;
    expect(await refresh(refreshToken)).toMatchObject({ status: 401, body: { code: 'auth.refresh-reused' } });
    for (const token of [child, grandchild]) expect((await refresh(token)).status).toBe(401);
  });

  test('ends only its own family', async () => {
    const admin = await world.anAdmin();
    const elsewhere = await world.signIn(admin.email);
    await refresh(admin.refreshToken);
    await age(admin.refreshToken, '11 seconds');
    expect((await refresh(admin.refreshToken)).status).toBe(401);
    expect((await refresh(elsewhere.refreshToken)).status).toBe(200);
  });

  test('rests 7 days at most', async () => {
    const { refreshToken } = await world.anAdmin();
    await age(refreshToken, '6 days 23 hours');
    const { body } = await refresh(refreshToken);
    await age(body.refreshToken, '7 days 1 second');
    expect(await refresh(body.refreshToken)).toMatchObject({ status: 401, body: { code: 'auth.refresh-invalid' } });
  });

  test('dies with its family after 30 days', async () => {
    const { refreshToken, sessionId } = await world.anAdmin();
    await world.db.query(`update session set created_at = created_at - interval '30 days 1 second' where id = $1`, [sessionId]);
    expect(await refresh(refreshToken)).toMatchObject({ status: 401, body: { code: 'auth.refresh-invalid' } });
  });

  test('that nobody was given, or that is no token, gives nothing', async () => {
    expect(await refresh('A'.repeat(43))).toMatchObject({ status: 401, body: { code: 'auth.refresh-invalid' } });
    for (const wrong of ['', 'A'.repeat(42), `${'A'.repeat(42)}!`, 5, null, { $ne: null }])
      expect(await refresh(wrong as string)).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    const { accessToken: access } = await world.anAdmin();
    expect((await refresh(access)).status).toBe(400);
  });

  test('keeps its successor sealed for ten seconds only', async () => {
    const { refreshToken } = await world.anAdmin();
    const { body } = await refresh(refreshToken);
    const [kept] = await world.db.query<{ sealed: Buffer }>('select sealed from forgiven_refresh where hash = $1', [hashOf(refreshToken)]);
    expect(kept!.sealed.toString('latin1')).not.toContain(body.refreshToken);
    await age(refreshToken, '11 seconds');
    await eventually(() => world.db.query('select 1 from forgiven_refresh where hash = $1', [hashOf(refreshToken)]), (rows) => rows.length === 0);
  });

  test('of a person alone works as any other', async () => {
    const alone = await world.somebodyAlone();
    expect(alone.claims).toMatchObject({ company: null, roles: [] });
    const { body } = await refresh(alone.refreshToken);
    expect((await refresh(body.refreshToken)).status).toBe(200);
    expect(await refresh(alone.refreshToken)).toMatchObject({ status: 401, body: { code: 'auth.refresh-reused' } });
    expect((await refresh(body.refreshToken)).status).toBe(401);
  });

  test('brings the roles of now', async () => {
    const admin = await world.anAdmin();
    const colleague = await world.aColleague(admin, ['technician']);
    await world.ask(admin, operations.setUserRoles, { params: { id: colleague.id }, body: { roles: ['manager', 'driver'] } });
    const ended = (await recent()).filter(({ userId }) => userId === colleague.id);
    expect(ended.some((one) => endsToken(one, colleague.claims))).toBe(true);
    const { body } = await refresh(colleague.refreshToken);
    const claims = JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString());
    expect(claims.roles).toEqual(['manager', 'driver']);
    expect(ended.some((one) => endsToken(one, claims))).toBe(false);
  });
});

describe('sessions', () => {
  test('are listed, the present one marked, and can be ended one by one', async () => {
    const here = await world.anAdmin();
    const there = await world.signIn(here.email, undefined, { ip: '198.51.100.4', userAgent: 'Phone' });
    const { body } = await world.ask(here, operations.listSessions);
    expect(body.items).toMatchObject([{ id: there.sessionId, ip: '198.51.100.4', userAgent: 'Phone', current: false }, { id: here.sessionId, current: true }]);

    expect((await world.ask(here, operations.endSession, { params: { id: there.sessionId } })).status).toBe(204);
    expect((await refresh(there.refreshToken)).status).toBe(401);
    expect((await refresh(here.refreshToken)).status).toBe(200);
    expect((await recent()).some((one) => endsToken(one, there.claims))).toBe(true);
    expect((await recent()).some((one) => endsToken(one, here.claims))).toBe(false);
    expect((await world.ask(here, operations.listSessions)).body.items).toHaveLength(1);
  });

  test('of somebody else are not found, also of the same company', async () => {
    const admin = await world.anAdmin();
    const colleague = await world.aColleague(admin, ['technician']);
    for (const other of [colleague, await world.anAdmin(), await world.somebodyAlone()]) {
      expect((await world.ask(admin, operations.endSession, { params: { id: other.sessionId } })).status).toBe(404);
      expect((await refresh(other.refreshToken)).status).toBe(200);
    }
  });

  test('signing out ends this one, or with all every one', async () => {
    const one = await world.anAdmin();
    const [two, three] = [await world.signIn(one.email), await world.signIn(one.email)];
    expect((await world.ask(one, operations.logout, { body: {} })).status).toBe(204);
    expect((await refresh(one.refreshToken)).status).toBe(401);
    expect((await refresh(two.refreshToken)).status).toBe(200);
    expect((await world.ask(three, operations.logout, { body: { all: true } })).status).toBe(204);
    expect((await refresh(three.refreshToken)).status).toBe(401);
    expect((await world.ask(two, operations.listSessions)).body.items).toEqual([]);
    // Twice is once.
    expect((await world.ask(one, operations.logout, { body: {} })).status).toBe(204);
  });
});
