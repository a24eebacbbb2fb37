import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeAnswer } from '@regie/bus';
import { events } from '@regie/contracts';
import { eventually } from '@regie/testing';
import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { aKey, answering, aPerson, aSystem, claimsOf, factsOf, pem, send, sign, type Person, type System } from './support/system.ts';

let system: System, stopService: () => Promise<void>;
beforeAll(async () => {
  system = await aSystem();
  const service = await answering(
    system.nats, 'events', { listCustomers: ({ operation, caller }) => encodeAnswer(operation, { items: [], nextCursor: null } as never, caller, {}) });
  stopService = () => service.stop();
});
afterAll(async () => { await stopService(); await system.stop(); });

const ask = (token: string | undefined) => send(system.url, '/api/customers', token === undefined ? {} : { token });
const person = aPerson();
const now = () => Math.floor(Date.now() / 1_000);
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  test('lets in', async () => { expect((await ask(system.token(person))).status).toBe(200); });
  test('lets in with the scheme in any case', async () => {
    expect((await send(system.url, '/api/customers', { headers: { authorization: `bEARER ${system.token(person)}` } })).status).toBe(200);
  });

  const forged: Record<string, () => string> = {
    'that is no token': () => 'abc',
    'with too many parts': () => `${system.token(person)}.x`,
    'that looks like a refresh token': () => 'A'.repeat(43),
    'expired': () => system.token(person, { iat: now() - 700, exp: now() - 100 }),
    'without an end': () => { const { exp: _, ...claims } = claimsOf(person); return sign(system.key, claims); },
    'good for longer than we give': () => system.token(person, { exp: now() + 86_400 }),
    'from the future': () => system.token(person, { iat: now() + 300, exp: now() + 800 }),
    'not yet good': () => system.token(person, { nbf: now() + 300 }),
    'for another audience': () => system.token(person, { aud: 'other-api' }),
    'for several audiences': () => system.token(person, { aud: ['regie-api', 'other-api'] }),
    'of another issuer': () => system.token(person, { iss: 'other' }),
    'without an id': () => { const { jti: _, ...claims } = claimsOf(person); return sign(system.key, claims); },
    'with a role there is not': () => system.token(person, { roles: ['god'] }),
    'with a claim we do not know': () => system.token(person, { admin: true }),
    'of another type': () => sign(system.key, claimsOf(person), { typ: 'JWT' }),
    'without a type': () => sign(system.key, claimsOf(person), { typ: undefined }),
    'with a critical header': () => sign(system.key, claimsOf(person), { crit: ['exp'], exp: now() }),
    'with an unknown critical header': () => sign(system.key, claimsOf(person), { crit: ['x'], x: 1 }),
    'signed with a key we do not know': () => sign(aKey(), claimsOf(person)),
    'signed with another key under a known name': () => sign({ ...aKey(), kid: system.key.kid }, claimsOf(person)),
    'that names a file as its key': () => sign({ ...system.key, kid: '../../dev/null' }, claimsOf(person)),
    'that brings its own key': () => {
      const key = aKey();
      return sign({ ...key, kid: system.key.kid }, claimsOf(person), { jwk: key.publicKey.export({ format: 'jwk' }), jku: 'http://127.0.0.1:1/keys' });
    },
    'with alg none': () => `${encoded({ alg: 'none', typ: 'at+jwt', kid: system.key.kid })}.${encoded(claimsOf(person))}.`,
    'with alg none and a signature': () => `${encoded({ alg: 'none', typ: 'at+jwt', kid: system.key.kid })}.${encoded(claimsOf(person))}.AAAA`,
    'signed HS256 with our public key': () => {
      const input = `${encoded({ alg: 'HS256', typ: 'at+jwt', kid: system.key.kid })}.${encoded(claimsOf(person))}`;
      return `${input}.${createHmac('sha256', pem(system.key.publicKey)).update(input).digest('base64url')}`;
    },
    'whose claims were changed': () => {
      const [head, , signature] = system.token(person).split('.');
      return `${head}.${encoded({ ...claimsOf(person), roles: ['admin'] })}.${signature}`;
    },
    'without a signature': () => system.token(person).replace(/[^.]*$/, ''),
  };
  test.each(Object.keys(forged))('%s is 401', async (name) => {
    const { status, body, headers } = await ask(forged[name]!());
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'auth.token-invalid' });
    expect(headers.get('www-authenticate')).toContain('Bearer');
    // The same again: nothing wrong is remembered as right.
    expect((await ask(forged[name]!())).status).toBe(401);
  });

  test('is needed', async () => { expect(await ask(undefined)).toMatchObject({ status: 401, body: { code: 'auth.required' } }); });
  test('of another scheme is 401', async () => { expect((await send(system.url, '/api/customers', { headers: { authorization: 'Basic YTpi' } })).status).toBe(401); });
  test('that came twice is 401', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      request(`${system.url}/api/customers`, {
        headers: ['host', '127.0.0.1', 'authorization', `Bearer ${system.token(person)}`, 'authorization', 'Bearer x'],
      }, (answer) => { answer.resume(); resolve(answer.statusCode!); }).on('error', reject).end();
    });
    expect(status).toBe(401);
  });
  test('of 20 kB is 431', async () => { expect((await ask('x'.repeat(20_000))).status).toBe(431); });
});

describe('a key', () => {
  test('that is new is fetched once when a token names it', async () => {
    const next = aKey();
    expect((await ask(sign(next, claimsOf(person)))).status).toBe(401);
    system.keys.push(next);
    // Not at every unknown name: a few seconds apart.
    await eventually(() => ask(sign(next, claimsOf(person))), ({ status }) => status === 200, 15_000);
  }, 20_000);
});

describe('access that ended', () => {
  const before = (who: Person) => system.token(who, { iat: (Date.now() - 1_000) / 1_000 });
  test('stops tokens issued before, not those issued after', async () => {
    const who = aPerson();
    const old = before(who);
    expect((await ask(old)).status).toBe(200);
    system.end({ userId: who.id, sessionId: null, notBefore: new Date().toISOString() });
    await eventually(() => ask(old), ({ status }) => status === 401);
    expect((await ask(system.token(who))).status).toBe(200);
  });
  test('of one session leaves the others', async () => {
    const who = aPerson();
    const [one, other] = [before(who), before({ ...who, sessionId: randomUUID() })];
    system.end({ userId: who.id, sessionId: who.sessionId, notBefore: new Date().toISOString() });
    await eventually(() => ask(one), ({ status }) => status === 401);
    expect((await ask(other)).status).toBe(200);
  });
  test('that nobody told is found in the list', async () => {
    const who = aPerson();
    const old = before(who);
    system.ended.push({ userId: who.id, sessionId: null, notBefore: new Date().toISOString() });
    await eventually(() => ask(old), ({ status }) => status === 401, 25_000);
  }, 30_000);
});

test('without keys nobody is let in, and nobody is told that their token is wrong', async () => {
  const alone = await aSystem({}, { withIdentity: false });
  const answer = await send(alone.url, '/api/customers', { token: system.token(person) });
  expect(answer).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
  expect(answer.headers.get('retry-after')).not.toBeNull();
  expect((await send(alone.url, '/api/vocabulary')).status).toBe(200);
  expect((await send(alone.url, '/health/ready')).status).toBe(200);
  await alone.stop();
});

test('whoever comes a moment before identity does waits for it, rather than being turned away', async () => {
  const alone = await aSystem({}, { withIdentity: false });
  try {
    // Long enough after the start that identity was asked and did not answer.
    expect((await send(alone.url, '/api/vocabulary')).status).toBe(200);
    const [answer] = await Promise.all([send(alone.url, '/api/customers', { token: alone.token(aPerson({ roles: [] })) }), alone.startIdentity()]);
    expect(answer).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  } finally {
    await alone.stop();
  }
});

test('roles are checked before the body is read, and a refusal is told to the trail', async () => {
  const driver = aPerson({ roles: ['driver'] });
  const answer = await send(system.url, '/api/customers', { method: 'POST', token: system.token(driver), body: '{"name":' });
  expect(answer).toMatchObject({ status: 403, body: { code: 'auth.forbidden', instance: '/api/customers' } });
  const [fact] = await eventually(() => factsOf(system, driver), (facts) => facts.length > 0);
  expect(fact).toMatchObject({
    type: 'regie.gateway.access.refused.v1', source: '/gateway', id: answer.headers.get('x-request-id'),
    subject: answer.headers.get('x-request-id'), actorid: driver.id, companyid: driver.companyId,
    data: { operation: events.operations.createCustomer.name, code: 'auth.forbidden', userId: driver.id },
  });
  // Whoever chooses the request's id cannot hide a second refusal behind the first.
  const headers = { 'x-request-id': randomUUID() };
  for (let n = 0; n < 2; n++) await send(system.url, '/api/customers', { method: 'POST', token: system.token(driver), body: '{}', headers });
  const facts = await eventually(() => factsOf(system, driver), (all) => all.length === 3);
  expect(facts.slice(1).map(({ subject }) => subject)).toEqual([headers['x-request-id'], headers['x-request-id']]);
});
