/** Headers that every answer has, whoever writes it: they are put together once, and are what helmet says. */
import helmet from '@fastify/helmet';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeAnswer } from '@regie/bus';
import { securityHeaders } from '@regie/http';
import Fastify from 'fastify';
import { answering, aPerson, aSystem, send, type System } from './support/system.ts';

let system: System, events: Awaited<ReturnType<typeof answering>>;
/** Of the customer that is listed; nobody is when it is empty. */
let name = '';
beforeAll(async () => {
  system = await aSystem();
  events = await answering(system.nats, 'events', {
    listCustomers: (question) => encodeAnswer(question.operation, { items: name === '' ? [] : [{ name }], nextCursor: null } as never, question.caller, {}),
  });
});
afterAll(async () => { await events.stop(); await system.stop(); });

test('they are helmet’s, with a policy for data', async () => {
  const app = Fastify();
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] } },
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true }, referrerPolicy: { policy: 'no-referrer' }, frameguard: { action: 'deny' },
  });
  app.get('/', (_, reply) => reply.send(''));
  const { headers } = await app.inject('/');
  const { date: _, 'content-length': _length, connection: _connection, 'content-type': _type, ...said } = headers;
  expect(said).toEqual(securityHeaders);
});

const names: readonly string[] = [...Object.keys(securityHeaders), 'x-request-id', 'traceresponse'];
test.each([
  ['an answer', 200, '/api/customers', {}], ['a head', 200, '/api/customers', { method: 'HEAD' }],
  ['a refusal', 401, '/api/equipment', { token: '' }], ['an address nobody knows', 404, '/nothing', {}],
  ['an address that cannot be read', 400, '/api/%E0%A4%A', {}], ['a body that is none', 400, '/api/customers', { method: 'POST', body: '{' }],
  ['the home page', 200, '/', {}], ['health', 200, '/health/live', {}], ['a document', 200, '/openapi.json', {}],
] as [string, number, string, { method?: string; token?: string; body?: string }][])('%s has them', async (_, status, path, options) => {
  const got = await send(system.url, path, { token: system.token(aPerson()), ...options });
  expect(got.status).toBe(status);
  expect(names.filter((name) => got.headers.get(name) === null)).toEqual([]);
  for (const [name, value] of Object.entries(securityHeaders)) expect([name, got.headers.get(name)]).toEqual([name, value]);
  if (options.method === 'HEAD') expect([got.text, Number(got.headers.get('content-length'))]).toEqual(['', '{"items":[],"nextCursor":null}'.length]);
});

test('the documentation’s pages have them, and a policy of their own', async () => {
  const got = await send(system.url, '/docs/');
  expect(got.status).toBe(200);
  expect(names.filter((name) => got.headers.get(name) === null)).toEqual([]);
  expect(got.headers.get('content-security-policy')).toContain("script-src 'self'");
});

test.each([1, 2_000, 5_000, 200_000])('an answer whose text repeats %s times arrives as it was sent', async (times) => {
  name = 'é🎪 '.repeat(times);
  const got = await send(system.url, '/api/customers', { token: system.token(aPerson()) });
  expect(got.body.items[0].name === name).toBe(true);
  expect(Number(got.headers.get('content-length'))).toBe(Buffer.byteLength(got.text));
  name = '';
});
