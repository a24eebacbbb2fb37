/** What becomes of an answer on its way to the client: passed on, waited for, streamed, or missing. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeAnswer, jsonType, tellDone, type Question, type Served } from '@regie/bus';
import { problemOf, problemType, refuse, reply } from '@regie/contracts';
import { eventually } from '@regie/testing';
import { randomUUID } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { answering, aPerson, aSystem, factsOf, send, type Answerer, type System } from './support/system.ts';

const eventId = randomUUID();
const person = aPerson();
const asked: Question[] = [];
/** What the service of events answers in the test at hand. */
const answers: Record<string, Answerer> = {};
let system: System, events: Awaited<ReturnType<typeof answering>>, token: string;

beforeAll(async () => {
  system = await aSystem();
  const forwarding = new Proxy({}, { get: (_, key: string) => (question: Question) => { asked.push(question); return answers[key]!(question); } });
  events = await answering(system.nats, 'events', forwarding);
  token = system.token(person);
});
afterAll(async () => { await events.stop(); await system.stop(); });

const said = (question: Question, answer: unknown): Served => encodeAnswer(question.operation, answer as never, question.caller, question.input);
const problem = (code: 'reservation.unavailable', extra = {}): Served =>
  ({ status: 409, type: problemType, body: JSON.stringify(problemOf(refuse(code, { en: 'No.', fr: 'Non.' }, extra), 'en')) });
const customer = (id: string = randomUUID()) => ({
  id, name: 'Opéra', email: null, phone: null, address: null, siret: null, notes: null, contacts: [],
  createdAt: '2030-01-01T00:00:00Z', updatedAt: '2030-01-01T00:00:00Z', archivedAt: null,
});
const post = (path: string, body: unknown, headers: Record<string, string> = {}) => send(system.url, path, { method: 'POST', token, body: JSON.stringify(body), headers });

describe('an answer', () => {
  test('is passed on with its status, place and version, and the body reached the service byte by byte', async () => {
    const id = randomUUID();
    answers['createCustomer'] = (question) => said(question, reply(customer(id), { version: 1 }));
    const text = '{ "name" : "Op\\u00e9ra" }';
    const got = await send(system.url, '/api/customers', { method: 'POST', token, body: text, headers: { 'idempotency-key': '"k-1"', 'accept-language': 'fr' } });
    expect(got).toMatchObject({ status: 201, body: { id, name: 'Opéra' } });
    expect([got.headers.get('location'), got.headers.get('etag'), got.headers.get('cache-control'), got.headers.get('content-type')])
      .toEqual([`/api/customers/${id}`, '"1"', 'no-store', jsonType]);
    const question = asked.at(-1)!;
    expect(Buffer.from(question.fingerprint[1]).toString()).toBe(text);
    expect(question).toMatchObject({
      idempotencyKey: 'k-1', input: { name: 'Opéra' },
      caller: { language: 'fr', roles: ['manager'], ip: '127.0.0.1', requestId: got.headers.get('x-request-id') },
    });
    expect(question.traceparent!.slice(3, 35)).toBe(got.headers.get('traceresponse')!.slice(3, 35));
    expect(question.deadline - Date.now()).toBeLessThanOrEqual(10_000);
  });
  test('of a replay says so', async () => {
    answers['createCustomer'] = (question) => ({ ...said(question, customer()), replayed: true });
    expect((await post('/api/customers', { name: 'x' })).headers.get('idempotency-replayed')).toBe('true');
  });
  test('without a body has none', async () => {
    answers['archiveCustomer'] = (question) => said(question, reply(null, { status: 204 }));
    const got = await send(system.url, `/api/customers/${randomUUID()}`, { method: 'DELETE', token, headers: { 'if-match': '"7"' } });
    expect([got.status, got.text, got.headers.get('content-type')]).toEqual([204, '', null]);
    expect(asked.at(-1)!.expectedVersion).toBe(7);
  });
  test('that refuses keeps its own members, and gets its place and trace', async () => {
    answers['createCustomer'] = () => problem('reservation.unavailable', { shortages: [{ note: 'a } in a text' }] });
    const got = await post('/api/customers?', { name: 'x' });
    expect(got).toMatchObject({ status: 409, body: {
      code: 'reservation.unavailable', shortages: [{ note: 'a } in a text' }],
      instance: '/api/customers', traceId: got.headers.get('traceresponse')!.slice(3, 35),
    } });
  });
  test('with a next page links to it', async () => {
    answers['listCustomers'] = (question) => said(question, { items: [customer()], nextCursor: 'a"b' });
    const got = await send(system.url, '/api/customers?limit=1&q=%C3%A9', { token });
    expect(got.headers.get('link')).toBe('</api/customers?limit=1&q=%C3%A9&cursor=a%22b>; rel="next"');
    expect(asked.at(-1)!.input).toEqual({ limit: 1, q: 'é' });
    answers['listCustomers'] = (question) => said(question, { items: [], nextCursor: null });
    expect((await send(system.url, '/api/customers', { token })).headers.get('link')).toBeNull();
  });
  test('that takes too long is unknown, and says how to find out', async () => {
    let release = (): void => undefined;
    answers['createCustomer'] = (question) => new Promise((resolve) => { release = () => resolve(said(question, customer())); });
    const got = await post('/api/customers', { name: 'x' });
    release();
    expect(got).toMatchObject({ status: 503, body: { code: 'service.unavailable', detail: expect.stringContaining('Idempotency-Key') } });
    expect(got.headers.get('retry-after')).toBe('1');
  }, 15_000);
});

describe('a service that is away', () => {
  test('is 503, and nothing was changed', async () => {
    expect(await send(system.url, '/api/equipment', { token }))
      .toMatchObject({ status: 503, body: { code: 'service.unavailable', detail: expect.stringContaining('nothing was changed') } });
  });
  test('for a moment costs no request', async () => {
    const asking = send(system.url, '/api/equipment', { token });
    const inventory = await answering(system.nats, 'inventory', { listEquipment: (question) => said(question, { items: [], nextCursor: null }) });
    expect((await asking).status).toBe(200);
    await inventory.stop();
  });
});

describe('a decision', () => {
  const path = `/api/events/${eventId}/reservations`;
  const lines = { lines: [{ equipmentId: randomUUID(), quantity: 1 }] };
  const reservation = (status: string) => ({ ...customer(), id: eventId, eventId, status, lines: [], shortages: [], requestedBy: null, decidedAt: null });
  const later = (settles: string): Answerer => (question) => said(question, reply(reservation('requested'), { status: 202, settles, location: `${path}/1` }));
  const decided: Served = { status: 201, type: jsonType, body: JSON.stringify(reservation('reserved')), etag: '"2"' };

  test('nobody waits for is promised', async () => {
    answers['requestReservation'] = later(randomUUID());
    const got = await post(path, lines);
    expect(got).toMatchObject({ status: 202, body: { status: 'requested' } });
    expect([got.headers.get('location'), got.headers.get('retry-after'), got.headers.get('preference-applied')]).toEqual([`${path}/1`, '1', null]);
  });
  test('is waited for, and answered as it was told', async () => {
    const id = randomUUID();
    answers['requestReservation'] = (question) => { setTimeout(() => tellDone(events.bus, id, decided), 50); return later(id)(question); };
    const got = await post(path, lines, { prefer: 'wait=5' });
    expect(got).toMatchObject({ status: 201, body: { status: 'reserved' } });
    expect([got.headers.get('location'), got.headers.get('etag'), got.headers.get('preference-applied')]).toEqual([`${path}/1`, '"2"', 'wait=5']);
    expect(asked.at(-1)!.deadline - Date.now()).toBeGreaterThan(10_000);
  });
  test('is answered even when it is told before the reply', async () => {
    const id = randomUUID();
    answers['requestReservation'] = async (question) => { tellDone(events.bus, id, decided); await events.bus.nc.flush(); return later(id)(question); };
    expect((await post(path, lines, { prefer: 'wait=5' })).status).toBe(201);
  });
  test('may be a refusal, with its reasons and without a place', async () => {
    const id = randomUUID();
    answers['requestReservation'] =
      (question) => { setTimeout(() => tellDone(events.bus, id, problem('reservation.unavailable', { shortages: [1] })), 20); return later(id)(question); };
    const got = await post(path, lines, { prefer: 'wait=5' });
    expect(got).toMatchObject({ status: 409, body: { code: 'reservation.unavailable', shortages: [1], instance: path } });
    expect(got.headers.get('location')).toBeNull();
  });
  test('that does not come in time is asked for once, and is promised while it is open', async () => {
    answers['requestReservation'] = later('00000000-0000-7000-8000-000000000001');
    answers['settlementOutcome'] = (question) => said(question, reply(reservation('requested'), { status: 202 }));
    const before = asked.length;
    const got = await post(path, lines, { prefer: 'wait=1' });
    expect([got.status, got.headers.get('location')]).toEqual([202, `${path}/1`]);
    expect(asked.slice(before).map(({ key, input }) => [key, input['settlementId']]))
      .toEqual([['requestReservation', undefined], ['settlementOutcome', '00000000-0000-7000-8000-000000000001']]);
    answers['settlementOutcome'] = () => decided;
    expect((await post(path, lines, { prefer: 'wait=1' })).status).toBe(201);
  });
  test('of a repeated request is looked up first', async () => {
    answers['requestReservation'] = async (question) => ({ ...(await later(randomUUID())(question)), replayed: true });
    answers['settlementOutcome'] = () => decided;
    const got = await post(path, lines, { 'idempotency-key': 'again' });
    expect([got.status, got.headers.get('idempotency-replayed'), got.headers.get('location')]).toEqual([201, 'true', `${path}/1`]);
  });
  test('that was refused at once is not waited for', async () => {
    answers['requestReservation'] = () => problem('reservation.unavailable');
    expect((await post(path, lines, { prefer: 'wait=20' })).status).toBe(409);
  });
});

describe('a table', () => {
  const rows = (n: number) => Array.from({ length: 1_000 }, (_, index) => `${n},${index},${'x'.repeat(90)}\n`).join('');
  const pages = 60;
  let sent = 0;
  const exporting = () => answering(system.nats, 'inventory', {
    exportEquipment: (question) => {
      sent++;
      const n = Number(question.input['cursor'] ?? 0);
      return said(question, { chunk: rows(n), nextCursor: n + 1 < pages ? String(n + 1) : null });
    },
  });

  test('is streamed page after page, as fast as it is read, and told to the trail', async () => {
    const inventory = await exporting();
    const whole = await send(system.url, '/api/equipment/export', { token });
    expect([whole.status, whole.headers.get('content-type'), whole.headers.get('content-disposition')])
      .toEqual([200, 'text/csv; charset=utf-8; header=present', 'attachment; filename="equipment.csv"']);
    expect((await eventually(() => factsOf(system, person), (facts) => facts.length > 0))[0]).toMatchObject(
      { type: 'regie.gateway.data.exported.v1', actorid: person.id, data: { operation: 'inventory.equipment.export', code: 'exported' } });
    expect(whole.text).toBe(Array.from({ length: pages }, (_, n) => rows(n)).join(''));

    sent = 0;
    // Reads nothing: the gateway asks for no more than fits between the two.
    const reading = get(`${system.url}/api/equipment/export`, { headers: { authorization: `Bearer ${token}` } });
    const response = await new Promise<IncomingMessage>((resolve) => { reading.on('response', (one) => { one.pause(); resolve(one); }); });
    await eventually(() => sent, (n) => n > 1);
    const stalled = await eventually(
      async () => { const before = sent; await new Promise((resolve) => { setTimeout(resolve, 300); }); return [before, sent] as const; },
      ([before, after]) => before === after);
    expect(stalled[1]).toBeLessThan(pages);
    response.destroy();
    await eventually(() => send(system.health, '/metrics'), ({ text }) => text.includes('regie_http_in_flight{service="gateway"} 0'));
    await inventory.stop();
  }, 20_000);

  test('that breaks off is seen to be incomplete', async () => {
    const inventory = await answering(system.nats, 'inventory', {
      exportEquipment: (question) => (question.input['cursor'] === undefined ? said(question, { chunk: rows(0), nextCursor: '1' })
        : said(question, refuse('request.cursor-invalid', { en: 'x', fr: 'x' }))),
    });
    await expect(send(system.url, '/api/equipment/export', { token })).rejects.toThrow();
    await inventory.stop();
  });
});

test('a stop lets nobody wait, loses no request in hand, and takes no new one', async () => {
  const own = await aSystem();
  const service = await answering(own.nats, 'events', {
    requestReservation: (question) =>
      said(question, reply({ ...customer(), eventId, status: 'requested', lines: [], shortages: [], requestedBy: null, decidedAt: null },
        { status: 202, settles: randomUUID(), location: '/x' })),
    settlementOutcome: (question) => said(question, reply({}, { status: 202 })),
    listCustomers: async (question) => { await eventually(() => stopping, (yes) => yes); return said(question, { items: [], nextCursor: null }); },
  });
  let stopping = false;
  const mine = own.token();
  const waiting = send(own.url, `/api/events/${eventId}/reservations`,
    { method: 'POST', token: mine, body: JSON.stringify({ lines: [{ equipmentId: randomUUID(), quantity: 1 }] }), headers: { prefer: 'wait=20' } });
  const inHand = send(own.url, '/api/customers', { token: mine });
  await eventually(() => send(own.health, '/metrics'), ({ text }) => text.includes('regie_http_in_flight{service="gateway"} 2'));
  await eventually(() => send(own.url, '/health/live'), ({ status }) => status === 200);
  const begun = Date.now();
  const stopped = own.stop();
  stopping = true;
  expect((await waiting).status).toBe(202);
  expect((await inHand).status).toBe(200);
  await service.stop();
  await stopped;
  expect(Date.now() - begun).toBeLessThan(10_000);
  await expect(send(own.url, '/health/live')).rejects.toThrow();
}, 30_000);
