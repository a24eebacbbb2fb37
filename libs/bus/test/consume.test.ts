import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, freshNats, type FreshNats } from '@regie/testing';
import { randomUUID } from 'node:crypto';
import { ackWaitMs, busTrouble, closeBus, connectBus, consume, type Bus, type Consuming, type Consumption, type Heard, type Unreadable } from '../src/index.ts';
import { acksFirst } from './controls/acks-first.ts';
import { decisions, fact, losesNothing, numberOf, reserved, teller } from './consuming.ts';

let nats: FreshNats, bus: Bus, inventory: Awaited<ReturnType<typeof teller>>;
let hearing: Consuming | undefined;
/** Lets go of what a failed test was still holding. */
let letGo = (): void => undefined;
beforeAll(async () => { nats = await freshNats(); bus = await connectBus(nats.url('events')); inventory = await teller(nats); });
afterAll(async () => { await inventory.close(); await closeBus(bus); await nats.drop(); });

// A test that failed leaves nobody behind who takes the next one's messages.
afterEach(async () => { letGo(); await hearing?.stop(); hearing = undefined; });

/** Hears until the test ends; each test drains what it told. */
async function hearWith(handle: (messages: readonly Heard[]) => Promise<void>, over: Partial<Consumption> = {}) {
  const quarantined: Unreadable[] = [];
  const errors: unknown[] = [];
  hearing = consume(bus, decisions, {
    handle, quarantine: (one) => { quarantined.push(one); return Promise.resolve(); },
    isOutage: () => false, onError: (error) => void errors.push(error), ...over,
  });
  return { quarantined, errors, stop: () => hearing!.stop() };
}
const nothingLeft = () => eventually(() => bus.manager.consumers.info('FACTS', decisions.name), ({ num_pending, num_ack_pending }) => num_pending === 0 && num_ack_pending === 0);

describe.each([1, 2])('a consumer with %i in hand', (inHand) => {
  const listen: typeof consume = (on, listener, work) => consume(on, listener, { inHand, ...work });
  const hear = (handle: Consumption['handle'], over: Partial<Consumption> = {}) => hearWith(handle, { inHand, ...over });
  test('loses nothing when its process dies in the middle of its work', () => losesNothing(listen, nats, inventory.tell), 30_000);
  test('that acknowledges before its commit fails the same', async () => {
    await expect(losesNothing(acksFirst, nats, inventory.tell)).rejects.toThrow('never held');
    await nothingLeft();
  }, 30_000);

  test('slower than the server’s patience is not given its messages again', async () => {
    const heard: Heard[] = [];
    const begun = Date.now();
    const { stop } = await hear(async (messages) => { heard.push(...messages); await eventually(() => Date.now() - begun, (ms) => ms > ackWaitMs * 2, 20_000); });
    await inventory.tell(fact(1), fact(2));
    await eventually(() => heard.length, (count) => count === 2);
    await eventually(() => Date.now() - begun, (ms) => ms > ackWaitMs * 2.2, 20_000);
    await nothingLeft();
    expect(heard.map((one) => [numberOf(one), one.delivery])).toEqual([[1, 1], [2, 1]]);
    await stop();
  }, 30_000);

  test('puts aside what cannot be read, and the rest flows', async () => {
    const heard: number[] = [];
    const { quarantined, stop } = await hear((messages) => { heard.push(...messages.map(numberOf)); return Promise.resolve(); });
    await inventory.tell(fact(1), { subject: reserved, id: randomUUID(), message: 'poison' }, { subject: reserved, id: randomUUID(), message: '[]' },
      { subject: reserved, id: randomUUID(), message: '{"specversion":"1.0"}' }, fact(2));
    await eventually(() => heard, (numbers) => numbers.length === 2);
    await nothingLeft();
    expect(quarantined.map(({ bytes, wireSubject, consumer }) => [Buffer.from(bytes).toString(), wireSubject, consumer])).toEqual(
      ['poison', '[]', '{"specversion":"1.0"}'].map((text) => [text, reserved, 'events-decisions']));
    await stop();
  });

  test('keeps what cannot be read when it cannot be put aside, and tries again', async () => {
    let away = true;
    const kept: string[] = [];
    const { stop } = await hear(() => Promise.resolve(), {
      quarantine: ({ bytes }) => {
        if (away) { away = false; return Promise.reject(new Error('database away')); }
        kept.push(Buffer.from(bytes).toString());
        return Promise.resolve();
      },
    });
    await inventory.tell({ subject: reserved, id: randomUUID(), message: 'poison again' });
    await eventually(() => kept, (texts) => texts.includes('poison again'));
    await nothingLeft();
    await stop();
  });

  test('whose work throws splits the batch: the others are done, the one is tried again until it succeeds', async () => {
    const done: number[] = [];
    let failures = 0;
    const { errors, stop } = await hear((messages) => {
      if (messages.some((one) => numberOf(one) === 13) && failures < 7) { failures++; return Promise.reject(new Error('thirteen')); }
      done.push(...messages.map(numberOf));
      return Promise.resolve();
    }, { batch: 64 });
    await inventory.tell(...Array.from({ length: 20 }, (_, n) => fact(n)));
    await eventually(() => done.length, (count) => count === 20, 20_000);
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(done.at(-1)).toBe(13);
    expect(errors.length).toBeGreaterThan(0);
    await nothingLeft();
    await stop();
  }, 30_000);

  test('whose database is away keeps its batch whole, and does it when it is back', async () => {
    const sizes: number[] = [];
    let away = true;
    const { stop } = await hear((messages) => { sizes.push(messages.length); return away ? Promise.reject(new Error('away')) : Promise.resolve(); }, { isOutage: () => true });
    await inventory.tell(...Array.from({ length: 8 }, (_, n) => fact(n)));
    await eventually(() => sizes.reduce((sum, size) => sum + size, 0), (total) => total >= 16);
    away = false;
    await nothingLeft();
    await stop();
  });

  test('whose database is away for long tries again every few seconds, however often it was in vain', async () => {
    const tries: number[] = [];
    let away = true;
    const { stop } = await hear(
      (messages) => { tries.push(messages[0]!.delivery); return away ? Promise.reject(new Error('away')) : Promise.resolve(); }, { isOutage: () => true });
    await inventory.tell(fact(1));
    // With the pauses of one that is to blame itself the seventh try comes after nineteen seconds.
    await eventually(() => tries.at(-1), (last) => last === 7, 14_000);
    away = false;
    await nothingLeft();
    await stop();
  }, 30_000);

  test('that was deleted is made again', async () => {
    const heard: number[] = [];
    const { stop } = await hear((messages) => { heard.push(...messages.map(numberOf)); return Promise.resolve(); });
    await inventory.tell(fact(1));
    await eventually(() => heard, (numbers) => numbers.includes(1));
    const provision = await connectBus(nats.url('provision'));
    await provision.manager.consumers.delete('FACTS', decisions.name);
    await provision.nc.close();
    await inventory.tell(fact(2));
    await eventually(() => heard, (numbers) => numbers.includes(2), 20_000);
    await stop();
  }, 40_000);

  test('goes on after the server was killed', async () => {
    const heard = new Set<number>();
    const { stop } = await hear((messages) => { for (const one of messages) heard.add(numberOf(one)); return Promise.resolve(); });
    await inventory.tell(fact(31));
    await eventually(() => heard.has(31), Boolean);
    await nats.restart();
    await eventually(() => inventory.tell(fact(32)).then(() => true, () => false), Boolean, 20_000);
    await eventually(() => heard.has(32), Boolean, 20_000);
    await nothingLeft();
    await stop();
  }, 60_000);

  test('that stops finishes what it has begun and leaves the rest to others', async () => {
    const heard: number[] = [];
    const begun: (() => void)[] = [];
    const { stop } = await hear(async (messages) => { await new Promise<void>((resolve) => { begun.push(resolve); }); heard.push(...messages.map(numberOf)); }, { batch: 2 });
    await inventory.tell(...Array.from({ length: 6 }, (_, n) => fact(n)));
    await eventually(() => bus.loops.get(decisions.name)?.inHand ?? 0, (count) => count === 6);
    await eventually(() => begun.length, (count) => count === inHand);
    const stopped = stop();
    for (const finish of begun) finish();
    await stopped;
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.length).toBeLessThan(6);
    const again = await hear((messages) => { heard.push(...messages.map(numberOf)); return Promise.resolve(); });
    await eventually(() => heard.length, (count) => count === 6);
    expect(heard.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    await again.stop();
  }, 30_000);

  test('that stops while more is coming gives that back at once: whoever hears after it hears it before all that is new', async () => {
    const all = 3_000;
    const before: number[] = [];
    const { stop } = await hear((messages) => { before.push(...messages.map(numberOf)); return Promise.resolve(); }, { batch: 16 });
    const told = inventory.tell(...Array.from({ length: all }, (_, n) => fact(n)));
    await eventually(() => before.length, (count) => count > 100);
    await stop();
    const after: Heard[] = [];
    const again = await hear((messages) => { after.push(...messages); return Promise.resolve(); });
    await told;
    await eventually(() => before.length + after.length, (count) => count === all);
    const givenBack = after.filter(({ delivery }) => delivery > 1).length;
    expect(after.findIndex(({ delivery }) => delivery === 1)).toBe(givenBack);
    // Among themselves the server may begin with the second.
    expect([...before, ...after.slice(0, givenBack).map(numberOf).toSorted((a, b) => a - b), ...after.slice(givenBack).map(numberOf)])
      .toEqual(Array.from({ length: all }, (_, n) => n));
    await nothingLeft();
    await again.stop();
  }, 30_000);
});

describe('a consumer with two batches in hand', () => {
  /** Batches as they were begun, each waiting to be told how it ends. */
  async function slowly(over: Partial<Consumption> = {}) {
    const begun: { readonly numbers: number[]; readonly deliveries: number[]; end(): void; fail(): void }[] = [];
    const { stop, errors } = await hearWith((messages) => new Promise((resolve, reject) => {
      begun.push({ numbers: messages.map(numberOf), deliveries: messages.map(({ delivery }) => delivery), end: resolve, fail: () => { reject(new Error('fails')); } });
    }), { batch: 4, inHand: 2, ...over });
    letGo = () => { for (const one of begun) one.end(); };
    return { begun, stop, errors };
  }
  const acked = () => bus.manager.consumers.info('FACTS', decisions.name).then(({ num_ack_pending }) => num_ack_pending);

  test('begins them in the order of the stream and acknowledges the second though the first is not done', async () => {
    const { begun, stop } = await slowly();
    await inventory.tell(...Array.from({ length: 12 }, (_, n) => fact(n)));
    await eventually(() => begun.length, (count) => count === 2);
    begun[1]!.end();
    await eventually(() => begun.length, (count) => count === 3);
    expect(begun.map(({ numbers }) => numbers)).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]);
    await eventually(acked, (left) => left === 8);
    begun[0]!.end();
    begun[2]!.end();
    await nothingLeft();
    await stop();
  });

  test('splits the one that fails and does not touch the other', async () => {
    const { begun, stop, errors } = await slowly({ batch: 2 });
    await inventory.tell(...Array.from({ length: 4 }, (_, n) => fact(n)));
    await eventually(() => begun.length, (count) => count === 2);
    begun[0]!.fail();
    await eventually(() => begun.length, (count) => count === 3);
    begun[2]!.end();
    await eventually(() => begun.length, (count) => count === 4);
    begun[3]!.fail();
    begun[1]!.end();
    // The one that failed alone comes again, and nothing else does.
    await eventually(() => begun.length, (count) => count === 5);
    expect(begun.map(({ numbers }) => numbers)).toEqual([[0, 1], [2, 3], [0], [1], [1]]);
    // Counted from the first time they came here: one that was on its way to the consumer which the test before has stopped went back, and was counted.
    const first = begun[0]!.deliveries[0]!;
    expect(begun.map(({ deliveries }) => Math.max(...deliveries) - first)).toEqual([0, 0, 0, 0, 1]);
    expect(errors).toHaveLength(1);
    for (const one of begun) one.end();
    await nothingLeft();
    await stop();
  });

  test('shares out what there is, so that neither idles while the other works', async () => {
    const { begun, stop } = await slowly({ batch: 256 });
    await inventory.tell(...Array.from({ length: 200 }, (_, n) => fact(n)));
    await eventually(() => bus.loops.get(decisions.name)?.inHand, (count) => count === 200);
    await eventually(() => begun.length, (count) => count === 2);
    expect(Math.max(...begun.map(({ numbers }) => numbers.length))).toBeLessThan(150);
    const ending = setInterval(() => { for (const one of begun) one.end(); }, 5);
    await nothingLeft();
    clearInterval(ending);
    expect(begun.flatMap(({ numbers }) => numbers)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    await stop();
  });
});

test('a consumer stopped before it began to hear takes nothing', async () => {
  const silent = consume(bus, decisions,
    { handle: () => Promise.reject(new Error('stopped')), quarantine: () => Promise.resolve(), isOutage: () => true, onError: () => undefined });
  await silent.stop();
  const deliveries: number[] = [];
  const { stop } = await hearWith((messages) => { deliveries.push(...messages.map(({ delivery }) => delivery)); return Promise.resolve(); });
  await inventory.tell(...Array.from({ length: 20 }, (_, n) => fact(n)));
  await eventually(() => deliveries.length, (count) => count === 20);
  expect(new Set(deliveries)).toEqual(new Set([1]));
  await stop();
});

describe('health', () => {
  test('is well while all is heard', async () => { expect(await busTrouble(bus)).toBeNull(); });

  test('notices a consumer that hears nothing', async () => {
    bus.loops.set('deaf', { heardAt: Date.now() - 31_000, inHand: 0 });
    expect(await busTrouble(bus)).toBe('hears nothing: deaf');
    bus.loops.delete('deaf');
  });

  test('notices a connection that an exception has deafened, though it says it is open', async () => {
    const dead = await connectBus(nats.url('events'));
    dead.nc.subscribe('wake.events', { callback: () => { throw new Error('in a callback'); } });
    await dead.nc.flush();
    bus.nc.publish('wake.events');
    expect(await eventually(() => busTrouble(dead, 300), (trouble) => trouble !== null)).toBe('NATS does not answer');
    expect(dead.nc.isClosed()).toBe(false);
    await dead.nc.close();
  });

  test('notices a server that is gone, and that it is back', async () => {
    await nats.stop();
    expect(await eventually(() => busTrouble(bus, 300), (trouble) => trouble !== null)).toBe('NATS does not answer');
    await nats.start();
    await eventually(() => busTrouble(bus, 300), (trouble) => trouble === null);
  });
});
