import { describe, expect, test } from '@jest/globals';
import { encodeAnswer } from '@regie/bus';
import { eventually } from '@regie/testing';
import { randomInt, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { openLimits } from '../src/limits.ts';
import { answering, aPerson, aSystem, freePort, send, type System } from './support/system.ts';

const wrong = (system: System, email = `${randomUUID()}@example.com`) => send(system.url, '/api/auth/login', { method: 'POST', body: JSON.stringify({ email, password: 'x' }) });

/** A minute may end in the middle of a test; then its count begins anew, and the test is told again. */
async function withinAMinute(tell: () => Promise<void>): Promise<void> {
  const minute = () => Math.floor(Date.now() / 60_000);
  for (;;) {
    const begun = minute();
    try { await tell(); return; } catch (error) { if (minute() === begun) throw error; }
  }
}

async function limited(environment: NodeJS.ProcessEnv, tell: (system: System) => Promise<void>): Promise<void> {
  const system = await aSystem(environment);
  try { await withinAMinute(() => tell(system)); } finally { await system.stop(); }
}

describe('too many tries', () => {
  const strict = { RATE_STRICT_PER_MINUTE: '3' };
  const tellStrict = async (system: System) => {
    const email = `${randomUUID()}@example.com`;
    const statuses: number[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await wrong(system, n % 2 === 0 ? email : email.toUpperCase())).status);
    // No identity answers here: what was let through is 503.
    expect(statuses.slice(0, 3)).not.toContain(429);
    expect(statuses[3]).toBe(429);
    const refused = await wrong(system, email);
    expect(refused.body).toMatchObject({ code: 'rate.limited', status: 429 });
    for (const name of ['retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']) expect(refused.headers.get(name)).toMatch(/^\d+$/);
    expect((await wrong(system)).status).not.toBe(429);
  };

  test('at one account are refused, others go on', () => limited(strict, tellStrict), 60_000);
  test('at one account are refused while Redis is away', async () => { await limited({ ...strict, REDIS_URL: `redis://127.0.0.1:${await freePort()}` }, tellStrict); }, 60_000);
  test('at many accounts from one address are refused', () => limited({ RATE_STRICT_PER_MINUTE: '1' }, async (system) => {
    const statuses = await Promise.all(Array.from({ length: 9 }, async () => (await wrong(system)).status));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(3);
  }), 60_000);
  test('are not hidden behind another X-Forwarded-For', () => limited({ RATE_STRICT_PER_MINUTE: '1' }, async (system) => {
    const statuses = await Promise.all(Array.from({ length: 9 }, async (_, n) =>
      (await send(system.url, '/api/auth/login', {
        method: 'POST', headers: { 'x-forwarded-for': `203.0.113.${n}` }, body: JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'x' }),
      })).status));
    expect(statuses).toContain(429);
  }), 60_000);
});

test('a person who asks too often is refused, and nobody else', () => limited({ RATE_PER_MINUTE: '20' }, async (system) => {
  const service = await answering(system.nats, 'events',
    { listCustomers: (question) => encodeAnswer(question.operation, { items: [], nextCursor: null } as never, question.caller, {}) });
  const often = system.token(aPerson());
  const statuses: number[] = [];
  for (let n = 0; n < 22; n++) statuses.push((await send(system.url, '/api/customers', { token: often })).status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(20);
  expect((await send(system.url, '/api/customers', { token: system.token(aPerson()) })).status).toBe(200);
  await service.stop();
}), 60_000);

test('two gateways count together', async () => {
  const url = `${process.env['TEST_REDIS_URL']!.replace(/\/+$/, '')}/${randomInt(1, 16)}`;
  const connections = [new Redis(url), new Redis(url)] as const;
  const [one, other] = [openLimits(connections[0], () => undefined), openLimits(connections[1], () => undefined)];
  await eventually(() => connections.map(({ status }) => status), (statuses) => statuses.every((status) => status === 'ready'));
  await withinAMinute(async () => {
    const key = randomUUID();
    for (let n = 0; n < 5; n++) { await one.ask(key, 10); await other.ask(key, 10); }
    expect((await other.ask(key, 10)).exceeded).toBe(true);
    const noted = randomUUID();
    one.note(noted, 10);
    await eventually(async () => { const { remaining } = other.note(noted, 1_000); return remaining; }, (remaining) => remaining < 1_000);
  });
  await one.close();
  await other.close();
}, 60_000);
