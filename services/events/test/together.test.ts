import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { together } from '@regie/runtime';
import { uuid7, type Beginning } from '@regie/store';
import { aCaller, eventually } from '@regie/testing';
import pg from 'pg';
import { parts } from '../src/events.ts';
import { requestOperations } from '../src/requests/request.operations.ts';
import { oneByOne } from './controls/one-by-one.ts';
import { aCrowd, sendCrowd } from './crowd.ts';
import { planner } from './planner.ts';
import { openWorld, ops, type World } from './world.ts';

jest.setTimeout(60_000);
let worlds: World[] = [];
afterEach(async () => { jest.restoreAllMocks(); await Promise.all(worlds.map((world) => world.end())); worlds = []; });

const shipped = requestOperations.requestReservation;
const opened = async (requestReservation: (typeof parts)['operations']['requestReservation'] = shipped) => {
  const world = await openWorld(parts.reactions, { ...parts.operations, requestReservation });
  worlds.push(world);
  return world;
};

/**
 * A world whose requests come in while an earlier one is written: the sizes of the groups, and a gate for the first.
 * @param without a part of a condition that the broken variant forgets
 */
async function gated(before: (many: Parameters<typeof shipped.together>[0]) => void = () => undefined, without?: string) {
  const sizes: number[] = [];
  let gate: Promise<void> | undefined;
  const world = await opened(together<typeof ops.requestReservation, Awaited<ReturnType<typeof shipped.ahead>>>(async (many, context) => {
    sizes.push(many.length);
    await gate;
    before(many);
    return shipped.together(many, context);
  }, (many, tx) => shipped.ahead(many, without === undefined ? tx : forgetting(tx, without))));
  return { world, sizes, async inOneGroup<T>(ask: () => readonly Promise<T>[]): Promise<T[]> {
    const ana = planner(world);
    const event = await ana.event();
    let open!: () => void;
    gate = new Promise((resolve) => { open = resolve; });
    sizes.length = 0;
    const first = ana.request(event.id);
    await eventually(() => sizes.length, (count) => count === 1);
    const asked = Promise.all(ask());
    // Questions of one connection come in their order: once this one is answered all before it are in line.
    await ana.readEvent(event.id);
    gate = undefined;
    open();
    expect((await first).status).toBe(202);
    return asked;
  } };
}

/** A transaction whose statements leave a condition out. Without their names: the connection may have the right ones prepared. */
const forgetting = (tx: Beginning, condition: string): Beginning => ({
  query: (statement, values) => tx.query((typeof statement === 'string' ? statement : statement.text).replace(condition, ''), values),
});

type Gated = Awaited<ReturnType<typeof gated>>;

async function foreignEventsAreNobodys({ world, sizes, inOneGroup }: Gated): Promise<void> {
  const [ana, eve] = [planner(world), planner(world)];
  const [hers, his] = [await ana.event(), await eve.event()];
  const equipmentId = uuid7();
  const line = { equipmentId, quantity: 1 };
  const answers = await inOneGroup(() => [ana.request(hers.id, line), eve.request(hers.id, line), eve.request(his.id, line), ana.request(his.id, line), ana.request(uuid7())]);
  expect(sizes).toEqual([1, 5]);
  expect(answers.map(({ status }) => status)).toEqual([202, 404, 202, 404, 404]);
  const rows = [{ company_id: ana.companyId, event_id: hers.id }, { company_id: eve.companyId, event_id: his.id }];
  expect(await world.db.query('select company_id, event_id from request where event_id = any($1) order by company_id', [[hers.id, his.id]]))
    .toEqual(rows.toSorted((a, b) => (a.company_id < b.company_id ? -1 : 1)));
  // Both orders go out in the name of who asked.
  for (const [who, answer] of [[ana, answers[0]], [eve, answers[2]]] as const)
    expect(await world.orderOf(answer!.settles)).toMatchObject({ companyid: who.companyId, actorid: who.caller.id });
}

async function foreignLinesDoNotClash({ world, inOneGroup }: Gated): Promise<void> {
  const [ana, eve] = [planner(world), planner(world)];
  const [hers, his] = [await ana.event(), await eve.event()];
  const line = { equipmentId: uuid7(), quantity: 1 };
  await ana.request(hers.id, line);
  const [ofEve, ofAna] = await inOneGroup(() => [eve.request(his.id, line), ana.request(hers.id, line)]);
  expect([ofEve!.status, ofAna!.status]).toEqual([202, 409]);
}

test('two hundred requests of three companies at once come to the same as each in its own transaction', async () => {
  const cast = aCrowd();
  expect(cast.wishes.length).toBeGreaterThanOrEqual(200);
  const [grouped, single] = await Promise.all([opened(), opened(oneByOne)]);
  const [ours, theirs] = [await sendCrowd(grouped, cast), await sendCrowd(single, cast)];
  expect(ours).toEqual(theirs);
  expect(Math.max(...Object.values(ours.ids))).toBe(1);
  expect(ours.strangers).toEqual([]);
  const statuses = Object.values(ours.answers).flat().map((answer) => (JSON.parse(answer) as { status: number }).status);
  expect(new Set(statuses)).toEqual(new Set([202, 404, 409, 422]));
});

describe('in one group', () => {
  test('another company’s event is nobody’s, though its own company asks beside it', async () => { await foreignEventsAreNobodys(await gated()); });
  test('that forgets the company of an event the same test fails', async () => {
    await expect(foreignEventsAreNobodys(await gated(undefined, 'e.company_id = w.company_id and '))).rejects.toThrow(/404/);
  });
  test('another company’s lines of the same equipment do not clash', async () => { await foreignLinesDoNotClash(await gated()); });
  test('that forgets whose lines and which event’s the same test fails', async () => {
    await expect(foreignLinesDoNotClash(await gated(undefined, 'l.company_id = w.company_id and l.event_id = w.event_id and '))).rejects.toThrow(/409/);
  });

  test('the second of two that want the same equipment finds the first', async () => {
    const { world, inOneGroup } = await gated();
    const ana = planner(world);
    const event = await ana.event();
    const line = { equipmentId: uuid7(), quantity: 1 };
    const [first, second] = await inOneGroup(() => [ana.request(event.id, line), ana.request(event.id, line)]);
    expect([first!.status, second]).toMatchObject([202, { status: 409, body: { code: 'reservation.duplicate', blocking: [first!.body.id] } }]);
  });

  test('none is accepted while new dates of the event are being decided', async () => {
    const { world, inOneGroup } = await gated();
    const ana = planner(world);
    const { event, rid } = await ana.reserved();
    await ana.ask(ops.patchEvent, { params: { id: event.id }, body: { dismantlingAt: new Date(Date.parse(event.dismantlingAt) + 3_600_000).toISOString() } });
    const other = await ana.event();
    const answers = await inOneGroup(() => [ana.request(event.id), ana.request(other.id), ana.request(event.id)]);
    expect(answers.map(({ status, body }) => [status, body.code, body.blocking]))
      .toEqual([[409, 'event.lines-undecided', [rid]], [202, undefined, undefined], [409, 'event.lines-undecided', [rid]]]);
  });

  test('one that breaks the handler fails alone', async () => {
    const { world, sizes, inOneGroup } = await gated((many) => { if (many.some(({ input }) => input.lines.some(({ quantity }) => quantity === 666))) throw new Error('poison'); });
    const ana = planner(world);
    const event = await ana.event();
    const answers = await inOneGroup(() => [1, 2, 666, 4, 5].map((quantity) => ana.request(event.id, { equipmentId: uuid7(), quantity })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 500, 202, 202]);
    expect(sizes).toEqual([1, 5, 1, 1, 1, 1, 1]);
    expect(await world.db.query('select quantity from request_line where event_id = $1 order by quantity', [event.id])).toEqual([1, 2, 4, 5].map((quantity) => ({ quantity })));
  });

  test('an event that somebody else holds keeps only its own requests waiting', async () => {
    const { world, inOneGroup } = await gated();
    const ana = planner(world);
    const [held, free] = [await ana.event(), await ana.event()];
    const other = new pg.Client({ connectionString: world.db.ownerUrl });
    await other.connect();
    await other.query('begin');
    await other.query('set local row_security = off');
    expect((await other.query('select 1 from event where id = $1 for no key update', [held.id])).rowCount).toBe(1);
    let waited: { status: number } | undefined;
    await inOneGroup(() => [
      ana.request(held.id).then((answer) => { waited = answer; }),
      ana.request(free.id).then(async ({ status }) => {
        expect([status, waited]).toEqual([202, undefined]);
        await other.query('rollback');
      }),
    ]);
    expect(waited?.status).toBe(202);
    await other.end();
  });

  test('fifty cost ten statements at most, begin and commit among them', async () => {
    const query = jest.spyOn(pg.Client.prototype, 'query');
    const { world, sizes, inOneGroup } = await gated();
    const [ana, eve] = [planner(world), planner(world)];
    const [hers, his] = [await ana.event(), await eve.event()];
    const asked = (who: typeof ana, id: string, key: string, quantity = 1) =>
      world.ask(ops.requestReservation, { params: { id }, body: { lines: [{ equipmentId: uuid7(), quantity }] }, key }, who.caller);
    await asked(ana, hers.id, 'used');
    const from = query.mock.calls.length;
    const answers = await inOneGroup(() => Array.from({ length: 50 }, (_, n) => (n === 0 ? asked(ana, hers.id, 'used', 2)
      : n === 1 ? asked(eve, hers.id, 'foreign')
      : n % 2 === 0 ? asked(ana, hers.id, `k${n}`) : asked(eve, his.id, `k${n}`))));
    expect(answers.map(({ status }) => status)).toEqual([422, 404, ...Array.from({ length: 48 }, () => 202)]);
    expect(sizes).toEqual([1, 49]);
    const texts = query.mock.calls.slice(from).map(([statement]: any, index) =>
      ({ text: (typeof statement === 'string' ? statement : statement.text) as string, client: query.mock.contexts[from + index] }));
    const begun = texts.map(({ text }, index) => ({ text, index })).filter(({ text }) => text.startsWith('begin') && text.includes('events_batch')).map(({ index }) => index);
    const costs = begun.map((index) => {
      const own = texts.slice(index).filter(({ client }) => client === texts[index]!.client);
      return own.findIndex(({ text }) => text === 'commit') + 1;
    });
    expect(costs).toHaveLength(2);
    expect(costs.every((cost) => cost > 0)).toBe(true);
    expect(Math.max(...costs)).toBeLessThanOrEqual(10);
  });
});

test('a caller of no company finds nothing, beside others who find theirs', async () => {
  const { world, inOneGroup } = await gated();
  const ana = planner(world);
  const event = await ana.event();
  const nobody = aCaller({ companyId: null, roles: ['platform_admin', 'manager'] });
  const answers = await inOneGroup(() =>
    [world.ask(ops.requestReservation, { params: { id: event.id }, body: { lines: [{ equipmentId: uuid7(), quantity: 1 }] } }, nobody), ana.request(event.id)]);
  expect(answers.map(({ status }) => status)).toEqual([404, 202]);
});
