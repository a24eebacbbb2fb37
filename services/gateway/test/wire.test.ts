/** HTTP as it travels: what a connection is told, in which order, and what becomes of it. Asked byte by byte, since clients hide all that. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeAnswer, type Question, type Served } from '@regie/bus';
import { reply } from '@regie/contracts';
import { eventually } from '@regie/testing';
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { answering, aSystem, send, type Answerer, type System } from './support/system.ts';

const answers: Record<string, Answerer> = {};
const asked: string[] = [];
let system: System, events: Awaited<ReturnType<typeof answering>>, token: string;

beforeAll(async () => {
  system = await aSystem();
  events = await answering(system.nats, 'events', new Proxy({}, { get: (_, key: string) => (question: Question) => { asked.push(key); return answers[key]!(question); } }));
  token = system.token();
  answers['createCustomer'] = (question) => said(question, reply(customer(String(question.input['name'])), { version: 1 }));
  answers['getCustomer'] = (question) => said(question, reply(customer('Opéra'), { version: 1 }));
  answers['archiveCustomer'] = (question) => said(question, reply(null, { status: 204 }));
});
afterAll(async () => { await events.stop(); await system.stop(); });

const said = (question: Question, answer: unknown): Served => encodeAnswer(question.operation, answer as never, question.caller, question.input);
const customer = (name: string) => ({
  id: randomUUID(), name, email: null, phone: null, address: null, siret: null, notes: null,
  contacts: [], createdAt: '2030-01-01T00:00:00Z', updatedAt: '2030-01-01T00:00:00Z', archivedAt: null,
});

interface Line {
  readonly socket: Socket; readonly heard: () => string; readonly closed: () => boolean;
  /** Waits until as many answers are there whole. */ answered(count: number): Promise<Got[]>;
}
interface Got { readonly status: number; readonly head: string; readonly body: string }

/** The answers in a text; the last is left out while it is not whole. Of a HEAD, a 204 and a 100 none follows. */
function answersIn(text: string, bare = false): Got[] {
  const found: Got[] = [];
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end < 0) return found;
    const head = text.slice(at, end);
    const status = Number(head.slice(9, 12));
    const length = bare || status === 204 || status < 200 ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (text.length < end + 4 + length) return found;
    found.push({ status, head, body: Buffer.from(text.slice(end + 4, end + 4 + length), 'latin1').toString() });
    at = end + 4 + length;
  }
}

function line(text: string, { bare = false } = {}): Line {
  let heard = '';
  let closed = false;
  const socket = connect(Number(new URL(system.url).port), '127.0.0.1', () => socket.write(text));
  socket.on('data', (data) => { heard += data.toString('latin1'); }).on('error', () => undefined).on('close', () => { closed = true; });
  return { socket, heard: () => heard, closed: () => closed, answered: (count) => eventually(() => answersIn(heard, bare), ({ length }) => length >= count) };
}

const request = (start: string, body = '', headers: Record<string, string> = {}, version = '1.1'): string =>
  `${start} HTTP/${version}\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${Object.entries({
    ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }), ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
const create = (name: string, headers: Record<string, string> = {}, version?: string): string => request('POST /api/customers', JSON.stringify({ name }), headers, version);

describe('a connection', () => {
  test('is kept, and answers one request after the other, a refused one too', async () => {
    const open = line(create('one'));
    await open.answered(1);
    open.socket.write(request('POST /api/customers', '{"name":'));
    await open.answered(2);
    open.socket.write(request('POST /api/customers', '{"name":"a","name":"b"}') + request('POST /api/customers', '{"__proto__":{"role":"admin"},"name":"a"}'));
    await open.answered(4);
    open.socket.write(create('two'));
    const got = await open.answered(5);
    expect(got.map(({ status }) => status)).toEqual([201, 400, 400, 400, 201]);
    expect(got.map(({ head }) => /connection: ([\w-]+)/i.exec(head)?.[1])).toEqual(Array.from({ length: 5 }, () => 'keep-alive'));
    expect(got.slice(1, 4).map(({ body }) => JSON.parse(body).code)).toEqual(['request.malformed', 'request.malformed', 'request.invalid']);
    open.socket.destroy();
  });
  test('answers what is sent all at once in its order, whichever is answered first', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => { release = resolve; });
    answers['getCustomer'] = async (question) => { await held; return said(question, reply(customer('slow'), { version: 1 })); };
    const open = line(request(`GET /api/customers/${randomUUID()}`) + create('Opéra'));
    await eventually(() => asked.slice(-2).toSorted().join(' '), (both) => both === 'createCustomer getCustomer');
    expect(open.heard()).toBe('');
    release();
    const got = await open.answered(2);
    expect(got.map(({ status, body }) => [status, JSON.parse(body).name])).toEqual([[200, 'slow'], [201, 'Opéra']]);
    open.socket.destroy();
  });
  test('ends with the request that says so: what is sent after it is not done', async () => {
    const before = asked.length;
    const open = line(create('last', { connection: 'close' }) + create('never'));
    await eventually(open.closed, Boolean);
    expect(answersIn(open.heard()).map(({ status, head }) => [status, /connection: (\w+)/i.exec(head)?.[1]])).toEqual([[201, 'close']]);
    expect(asked.slice(before)).toEqual(['createCustomer']);
  });
  test.each([
    ['that is no HTTP', 'nonsense\r\n\r\n'], ['with two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
  ])('gives a request in hand its own answer, though something %s comes after it', async (_, after) => {
    const before = asked.length;
    const open = line(create('in hand') + after);
    await eventually(open.closed, Boolean);
    expect(answersIn(open.heard()).map(({ status, body }) => [status, JSON.parse(body).name])).toEqual([[201, 'in hand']]);
    expect(asked.slice(before)).toEqual(['createCustomer']);
  });
  test('gives all requests in hand their answers, in their order, before it ends for the nonsense after them, however much of it comes', async () => {
    const wanted = answers['createCustomer']!;
    let release!: () => void;
    const held = new Promise<void>((resolve) => { release = resolve; });
    answers['createCustomer'] = async (question) => { await held; return wanted(question); };
    const warnings: Error[] = [];
    const warned = (warning: Error) => { warnings.push(warning); };
    process.on('warning', warned);
    const before = asked.length;
    const names = ['first', 'second', 'third', 'fourth'];
    const open = line(names.map((name) => create(name)).join('') + 'nonsense\r\n\r\n');
    await eventually(() => asked.length, (count) => count === before + names.length);
    for (let more = 0; more < 20; more++) await new Promise((sent) => { open.socket.write('more of it\r\n\r\n', sent); });
    // Only when what was sent last was read.
    await send(system.url, '/api/nothing');
    release();
    await eventually(open.closed, Boolean);
    process.off('warning', warned);
    answers['createCustomer'] = wanted;
    expect(answersIn(open.heard()).map(({ status, body }) => [status, JSON.parse(body).name])).toEqual(names.map((name) => [201, name]));
    expect([asked.length, warnings]).toEqual([before + names.length, []]);
  });
  test('of HTTP/1.0 ends with its answer unless it is to be kept', async () => {
    const open = line(create('old', {}, '1.0'));
    await eventually(open.closed, Boolean);
    const [{ status, head, body }] = answersIn(open.heard()) as [Got];
    expect([status, JSON.parse(body).name, /connection: (\w+)/i.exec(head)?.[1], head.includes('chunked')]).toEqual([201, 'old', 'close', false]);
    const kept = line(create('older', { connection: 'keep-alive' }, '1.0'));
    const [first] = await kept.answered(1);
    expect([first!.status, JSON.parse(first!.body).name, first!.head.includes('chunked')]).toEqual([201, 'older', false]);
    kept.socket.destroy();
  });
});

describe('a request', () => {
  test('without a host is refused in the form of all refusals, and its body is nobody\'s request', async () => {
    const before = asked.length;
    const open = line(create('nowhere').replace('host: x\r\n', '') + create('somewhere'));
    const got = await open.answered(2);
    expect(got.map(({ status, head }) => [status, head.includes('x-content-type-options: nosniff')])).toEqual([[400, true], [201, true]]);
    expect(JSON.parse(got[0]!.body).code).toBe('request.malformed');
    expect(asked.length).toBe(before + 1);
    open.socket.destroy();
  });
  test('that expects what nobody knows is answered as if it did not', async () => {
    const open = line(create('calm', { expect: 'a miracle' }));
    const [got] = await open.answered(1);
    expect([got!.status, JSON.parse(got!.body).name]).toEqual([201, 'calm']);
    open.socket.destroy();
  });
});

describe('a head', () => {
  test('alone has the length of what it is the head of, and nothing follows', async () => {
    answers['getCustomer'] = (question) => said(question, reply(customer('Opéra'), { version: 1 }));
    const open = line(request(`HEAD /api/customers/${randomUUID()}`), { bare: true });
    const [head] = await open.answered(1);
    expect(head!.status).toBe(200);
    expect(Number(/content-length: (\d+)/i.exec(head!.head)![1])).toBe(Buffer.byteLength(JSON.stringify(customer('Opéra'))));
    open.socket.write(create('next'));
    await eventually(() => open.heard().slice(head!.head.length + 4), (after) => after.startsWith('HTTP/1.1 201 '));
    open.socket.destroy();
  });
  test('of an answer without a body has no length, and the next answer begins right after it', async () => {
    const open = line(request(`DELETE /api/customers/${randomUUID()}`) + request(`DELETE /api/customers/${randomUUID()}`, '{}') + create('next'));
    const got = await open.answered(3);
    expect(got.map(({ status }) => status)).toEqual([204, 204, 201]);
    expect(got.slice(0, 2).map(({ head }) => /content-length|transfer-encoding/i.test(head))).toEqual([false, false]);
    open.socket.destroy();
  });
  test('is one whatever a service would put into it: a line break is our failure, not another header', async () => {
    const wanted = answers['createCustomer']!;
    answers['createCustomer'] = (question) => ({ ...said(question, customer('x')), etag: '"1"\u2028\u010a' });
    const open = line(create('x'));
    const [got] = await open.answered(1);
    answers['createCustomer'] = wanted;
    expect([got!.status, JSON.parse(got!.body).code, /etag|set-cookie/i.test(got!.head)]).toEqual([500, 'internal', false]);
    open.socket.write(create('next'));
    expect((await open.answered(2))[1]!.status).toBe(201);
    open.socket.destroy();
  });
  test.each(['x\r\nset-cookie: a=b', 'x%0d%0aset-cookie:%20a=b'])('is one whatever a client sends along: %j', async (id) => {
    const open = line(`GET /api/nothing?a=${encodeURIComponent(id)} HTTP/1.1\r\nhost: x\r\nx-request-id: ${id}\r\norigin: ${id}\r\nconnection: close\r\n\r\n`);
    await eventually(open.closed, Boolean);
    expect(open.heard()).toMatch(/^HTTP\/1.1 404 /);
    expect(open.heard()).not.toMatch(/\nset-cookie/i);
  });
});

describe('a body', () => {
  test('is asked for by who waits to send it', async () => {
    const body = JSON.stringify({ name: 'asked for' });
    const open = line(request('POST /api/customers', '', { 'content-type': 'application/json', 'content-length': String(body.length), expect: '100-continue' }));
    await eventually(open.heard, (heard) => heard.startsWith('HTTP/1.1 100 '));
    open.socket.write(body);
    const got = await open.answered(2);
    expect([got[1]!.status, JSON.parse(got[1]!.body).name]).toEqual([201, 'asked for']);
    open.socket.destroy();
  });
  test.each([
    ['a length', { 'content-length': '300000' }], ['pieces', { 'transfer-encoding': 'chunked' }],
  ] as const)('larger than its limit, sent with %s, ends its connection', async (_, how) => {
    const open = line(request('POST /api/customers', '', { 'content-type': 'application/json', ...how })
      + ('transfer-encoding' in how ? `${(300_000).toString(16)}\r\n` : '') + ' '.repeat(300_000));
    await eventually(open.closed, Boolean);
    const [got] = answersIn(open.heard()) as [Got];
    expect([got.status, JSON.parse(got.body).code, /connection: (\w+)/i.exec(got.head)?.[1]]).toEqual([413, 'request.too-large', 'close']);
  });
  test('that breaks off is nobody\'s: nothing is done, and nothing stays in hand', async () => {
    const before = asked.length;
    const open = line(request('POST /api/customers', '', { 'content-type': 'application/json', 'content-length': '1000' }) + '{"name":');
    const inHand = async () => /regie_http_in_flight\S* (\d+)/.exec((await send(system.health, '/metrics')).text)?.[1];
    await eventually(inHand, (count) => count === '1');
    open.socket.destroy();
    await eventually(inHand, (count) => count === '0');
    expect(asked.length).toBe(before);
  });
  test.each([
    ['two lengths', { 'content-length': '2\r\ncontent-length: 3' }], ['a list of lengths', { 'content-length': '2, 2' }],
    ['a length that is none', { 'content-length': '+2' }], ['a length and pieces', { 'content-length': '2', 'transfer-encoding': 'chunked' }],
    ['pieces of something else', { 'transfer-encoding': 'chunked, gzip' }], ['pieces written otherwise', { 'transfer-encoding': 'xchunked' }],
    ['a space before the colon', { 'content-length ': '2' }], ['a folded header', { x: 'a\r\n b' }],
  ] as [string, Record<string, string>][])('with %s is not read: another server might read another', async (_, headers) => {
    const before = asked.length;
    const open = line(request('POST /api/customers', '', { 'content-type': 'application/json', ...headers }) + '{}');
    await eventually(open.closed, Boolean);
    expect(answersIn(open.heard()).map(({ status }) => status)).toEqual([400]);
    expect(asked.length).toBe(before);
  });
  test('that is more than was announced is the beginning of no other request', async () => {
    const before = asked.length;
    const open = line(request('POST /api/customers', '{"name":"a"}', { 'content-length': '12' }) + ',"role":"admin"}');
    await eventually(open.closed, Boolean);
    expect(answersIn(open.heard()).map(({ status }) => status)).toEqual([201]);
    expect(asked.length).toBe(before + 1);
  });
});
