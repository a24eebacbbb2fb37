/** Messages that leave together: in order, all of them, also at the end. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { headers } from '@nats-io/nats-core';
import { events, type Caller } from '@regie/contracts';
import { askAs, eventually, freshNats, type FreshNats } from '@regie/testing';
import { headersOf } from '../src/headers.ts';
import { closeBus, connectBus, encodeAnswer, NoAnswer, serve, type Bus } from '../src/index.ts';
import type { Message } from '../src/sender.ts';

let nats: FreshNats, gateway: Bus;
beforeAll(async () => { nats = await freshNats(); gateway = await connectBus(nats.url('gateway')); });
afterAll(async () => { await closeBus(gateway); await nats.drop(); });

const caller: Caller = {
  id: '019aa5b4-0000-7000-8000-000000000001', companyId: '019aa5b4-0000-7000-8000-000000000002', roles: ['manager'],
  sessionId: '019aa5b4-0000-7000-8000-000000000003', ip: '127.0.0.1', userAgent: '', requestId: 'r', language: 'en',
};
const { listCustomers } = events.operations;
const page = (q: string) => ({ items: [], nextCursor: q });

test('a thousand questions asked at once are each answered with their own answer', async () => {
  const bus = await connectBus(nats.url('events'));
  const order: string[] = [];
  const serving = serve(bus, 'events', { listCustomers }, async (question) => {
    order.push(question.caller.requestId);
    return encodeAnswer(listCustomers, page(question.input['q'] as string), question.caller, question.input);
  }, (error) => { throw error; });
  await bus.nc.flush();
  const asked = Array.from({ length: 999 }, (_, index) => String(index));
  const answers = await Promise.all(asked.map((n) => askAs(gateway, { ...caller, requestId: n }, listCustomers, { params: { q: n } })));
  expect(answers.map(({ body }) => body.nextCursor)).toEqual(asked);
  expect(order).toEqual(asked);
  await serving.stop();
  await closeBus(bus);
});

test('what is answered last leaves before the connection closes', async () => {
  const bus = await connectBus(nats.url('events'));
  let heard = false;
  let release: () => void = () => undefined;
  const serving = serve(bus, 'events', { listCustomers }, async (question) => {
    heard = true;
    await new Promise<void>((resolve) => { release = resolve; });
    return encodeAnswer(listCustomers, page('last'), question.caller, question.input);
  }, (error) => { throw error; });
  await bus.nc.flush();
  const answer = askAs(gateway, caller, listCustomers);
  await eventually(() => heard, (it) => it);
  const stopping = serving.stop();
  release();
  await stopping;
  await closeBus(bus);
  expect((await answer).body.nextCursor).toBe('last');
});

test('what the connection does not take is told at once: it is closed, or the message is too large', async () => {
  const bus = await connectBus(nats.url('gateway'));
  const ask = (size: number) => bus.asking.ask('op.events.nothing', { caller, params: {}, body: Buffer.alloc(size), remainingMs: 5_000 });
  await expect(ask(5_000_000)).rejects.toBeInstanceOf(NoAnswer);
  await expect(ask(1)).rejects.toMatchObject({ reason: 'no-responders' });
  await bus.nc.close();
  await expect(ask(1)).rejects.toMatchObject({ reason: 'closed' });
  await closeBus(bus);
});

test('what is asked while the process stops is refused at once, and waits for nobody', async () => {
  const bus = await connectBus(nats.url('gateway'));
  const silent = await connectBus(nats.url('events'));
  silent.nc.subscribe('op.events.silent', { callback: () => undefined });
  await silent.nc.flush();
  const ask = () => bus.asking.ask('op.events.silent', { caller, params: {}, body: Buffer.alloc(0), remainingMs: 60_000 });
  const before = ask();
  bus.asking.close();
  await expect(before).rejects.toMatchObject({ reason: 'closed' });
  await expect(ask()).rejects.toMatchObject({ reason: 'closed' });
  await closeBus(silent);
  await closeBus(bus);
});

test('a page larger than a message is refused, and not waited for in vain', async () => {
  const bus = await connectBus(nats.url('events'));
  const items = Array.from({ length: 200 }, () => ({ name: 'x'.repeat(30_000) }));
  const serving = serve(bus, 'events', { listCustomers: { ...listCustomers, output: {} } as unknown as typeof listCustomers },
    async ({ operation, caller: who }) => encodeAnswer(operation, { items, nextCursor: null } as never, who, {}), (error) => { throw error; });
  await bus.nc.flush();
  expect(await askAs(gateway, caller, listCustomers, { timeout: 2_000 })).toMatchObject({ status: 413, body: { code: 'request.too-large' } });
  await serving.stop();
  await closeBus(bus);
});

test('an answer that comes too late, or twice, is not taken for another question\'s', async () => {
  const bus = await connectBus(nats.url('events'));
  // Answers as no service of ours does: the first question late, every other one twice.
  const late: (() => void)[] = [];
  const subscription = bus.nc.subscribe('op.events.customer.list', {
    callback: (_, message) => {
      const answer = (n: string) => message.respond(JSON.stringify(page(n)), { headers: numbered(message.headers!.get('Regie-Number')) });
      const wanted = JSON.parse(message.headers!.get('Regie-Params')).q as string;
      if (wanted === 'late') late.push(() => answer('late'));
      else { answer(wanted); answer(`${wanted} again`); }
    },
  });
  const numbered = (number: string) => { const sent = headers(); sent.set('Regie-Number', number); sent.set('Regie-Status', '200'); return sent; };
  await bus.nc.flush();
  await expect(askAs(gateway, caller, listCustomers, { params: { q: 'late' }, timeout: 100 })).rejects.toMatchObject({ reason: 'timeout' });
  const ask = (n: number) => askAs(gateway, caller, listCustomers, { params: { q: String(n) } });
  for (let n = 0; n < 20; n++) {
    if (n === 5) late[0]!();
    expect((await ask(n)).body.nextCursor).toBe(String(n));
  }
  const many = await Promise.all(Array.from({ length: 200 }, (_, n) => ask(n)));
  expect(many.map(({ body }) => body.nextCursor)).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
  subscription.unsubscribe();
  await closeBus(bus);
});

test('what others publish leaves in its turn with what is sent, and one that cannot keeps nothing back', async () => {
  const bus = await connectBus(nats.url('events'));
  const seen: string[] = [];
  gateway.nc.subscribe('done.*', { callback: (_, { subject }) => { seen.push(subject); } });
  await gateway.nc.flush();
  const done = (id: string) => ({ subject: `done.${id}`, payload: '', headers: headers() });
  bus.sender.send(done('a'));
  bus.sender.together(() => { bus.nc.publish('done.b', ''); bus.nc.publish('done.c', ''); });
  bus.sender.together(() => { throw new Error('closing'); });
  bus.sender.send(done('d'));
  await eventually(() => seen.length, (count) => count === 4);
  expect(seen).toEqual(['done.a', 'done.b', 'done.c', 'done.d']);
  await closeBus(bus);
});

describe('messages put together by hand', () => {
  const lines = 'Regie-Number: 1\r\nRegie-Params: {"q":"é"}\r\n';
  const sent = (over: Partial<Message> = {}): Message => ({ subject: 'done.x', payload: '', headers: headersOf(lines), ...over });
  const all: readonly [string, Message][] = [
    ['text', sent({ payload: '{"name":"Opéra 🎭"}' })], ['bytes', sent({ payload: Buffer.from([0, 255, 13, 10]) })],
    ['nothing', sent()], ['no headers', sent({ headers: headersOf('') })],
    ['a place to answer to', sent({ reply: '_INBOX.events.1' })], ['what looks like a command', sent({ payload: 'x\r\nPUB done.y 1\r\ny\r\n' })],
    ['half a character', sent({ payload: '\ud83c' })], ['much', sent({ payload: 'é'.repeat(300_000) })],
  ];
  /** What a hearer gets of these messages, in its order. */
  const heardOf = async (send: (bus: Bus, message: Message) => void): Promise<unknown[]> => {
    const bus = await connectBus(nats.url('events'));
    const heard: unknown[] = [];
    const subscription = gateway.nc.subscribe('done.*', {
      callback: (_, { subject, reply, data, headers: got }) => { heard.push([subject, reply, Buffer.from(data).toString('base64'), got && [...got]]); },
    });
    await gateway.nc.flush();
    for (const [, message] of all) send(bus, message);
    await eventually(() => heard.length, (count) => count >= all.length);
    subscription.unsubscribe();
    const { outMsgs, outBytes } = bus.nc.stats();
    await closeBus(bus);
    return [...heard, outMsgs, outBytes];
  };
  test('arrive as those the client publishes, and are counted as they are', async () => {
    const byHand = await heardOf((bus, message) => bus.sender.send(message));
    const byClient = await heardOf(({ nc }, { subject, payload, reply, headers: own }) =>
      nc.publish(subject, payload, { headers: own, ...(reply === undefined ? {} : { reply }) }));
    expect(byHand).toEqual(byClient);
  });
  test('do not pass through the client: raised to another version, it still has what that needs', async () => {
    const bus = await connectBus(nats.url('events'));
    const { publish } = bus.nc;
    let published = 0;
    bus.nc.publish = (...given) => { published++; publish.apply(bus.nc, given); };
    for (const [, message] of all) bus.sender.send(message);
    bus.sender.flush();
    expect(published).toBe(0);
    // What is not ordinary does: the client's own headers, and what it will refuse.
    const failed: string[] = [];
    for (const subject of ['done. x', 'done.x\r\nPUB done.y 0', 'done.é', '']) bus.sender.send(sent({ subject, failed: ({ subject: of }) => failed.push(of) }));
    bus.sender.send(sent({ reply: 'a b', failed: () => failed.push('reply') }));
    bus.sender.send(sent({ headers: headers() }));
    bus.sender.flush();
    expect([published, failed]).toEqual([6, ['done. x', 'done.x\r\nPUB done.y 0', '', 'reply']]);
    await closeBus(bus);
  });
  test('keep their order, though one of them is refused or passes through the client', async () => {
    const bus = await connectBus(nats.url('events'));
    const seen: string[] = [];
    const subscription = gateway.nc.subscribe('done.*', { callback: (_, { subject }) => { seen.push(subject); } });
    await gateway.nc.flush();
    const failed: string[] = [];
    for (const [index, over] of [
      {}, { headers: headers() }, { payload: Buffer.alloc(5_000_000), failed: () => failed.push('large') }, {}, { headers: headers() },
    ].entries()) bus.sender.send(sent({ subject: `done.${index}`, ...over }));
    await eventually(() => seen.length, (count) => count === 4);
    expect([seen, failed]).toEqual([['done.0', 'done.1', 'done.3', 'done.4'], ['large']]);
    subscription.unsubscribe();
    await closeBus(bus);
  });
});
