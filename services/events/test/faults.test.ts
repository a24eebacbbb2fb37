import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parts } from '../src/events.ts';
import { olderWins, unlocked } from './controls/rewritten.ts';
import { partsOfOneDecisionEndItTogether, theNewestSequenceWins } from './hostile.ts';
import { planner } from './planner.ts';
import { datesIn, decided, facts, openWorld, ops, type World } from './world.ts';

jest.setTimeout(30_000);
let world: World;
afterEach(() => world.end());

describe('the mirror', () => {
  test('shows the newest sequence, whatever comes last', async () => {
    world = await openWorld();
    await theNewestSequenceWins(world);
  });
  test('that lets an older one win fails the same test', async () => {
    world = await openWorld({ decisions: olderWins(parts.reactions.decisions) });
    await expect(theNewestSequenceWins(world)).rejects.toThrow(/delivered/);
  });
});

describe('two replicas', () => {
  test('hearing parts of one decision end it once, together', async () => {
    world = await openWorld();
    await partsOfOneDecisionEndItTogether(world);
  });
  test('that hold nothing while they note decisions fail the same test', async () => {
    world = await openWorld({ decisions: unlocked(parts.reactions.decisions) });
    await expect(partsOfOneDecisionEndItTogether(world)).rejects.toThrow(/no notice came/);
  });

  test('asked to request, change, cancel and move at once contradict themselves nowhere', async () => {
    world = await openWorld();
    await world.startReplica();
    const ana = planner(world);
    const { event, rid, line } = await ana.reserved();
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, (_, n) => ana.change(event.id, rid, { id: line.id, quantity: n + 1 })), ana.cancel(event.id, rid), ana.cancel(event.id, rid),
      ana.ask(ops.patchEvent, { params: { id: event.id }, body: datesIn(60) }), ana.request(event.id, { equipmentId: line.equipmentId, quantity: 1 }),
    ]);
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    const settlements = [...new Set(answers.flatMap(({ settles }) => settles ?? []))];
    const orders = await Promise.all(settlements.map((id) => world.orderOf(id)));
    const desired = orders.flatMap((order) => order.data.reservations.map((one) => ({ order, one })));
    // No revision was given twice, none was left out.
    const revisions = desired.filter(({ one }) => one.id === rid).map(({ one }) => one.revision).toSorted((a, b) => a - b);
    expect(revisions).toEqual(revisions.map((_, n) => n + 2));
    // The newest is decided first, all others are superseded by it.
    const newest = new Map(desired.map(({ one }) => [one.id, Math.max(...desired.filter((other) => other.one.id === one.id).map((other) => other.one.revision))]));
    for (const [n, { order, one }] of desired.toSorted((a, b) => b.one.revision - a.one.revision).entries()) {
      await world.tell(facts.reservationReserved, ana.companyId, n + 2, decided(order, one, one.revision === newest.get(one.id) ? 'accepted' : 'superseded'));
    }
    await Promise.all(settlements.map((id) => ana.notice(id)));
    expect(await world.db.query('select 1 from request where decided < revision')).toEqual([]);
    expect(await world.db.query('select 1 from settlement where verdict is null')).toEqual([]);
    expect(await world.db.query('select pending_dates from event where id = $1', [event.id])).toEqual([{ pending_dates: null }]);
  });
});

describe('a process that dies', () => {
  test('between commit and notice leaves the decision to whoever asks for the outcome', async () => {
    world = await openWorld();
    const ana = planner(world);
    const event = await ana.event();
    const asked = await ana.request(event.id);
    await world.orderOf(asked.settles);
    await world.stopService();
    const dying = spawn(process.execPath, [fileURLToPath(new URL('controls/dies-before-telling.ts', import.meta.url))],
      { env: { ...process.env, ...(await world.environment()) }, stdio: 'ignore' });
    const death = once(dying, 'exit');
    await ana.accept(asked.settles, 1);
    expect(await death).toEqual([null, 'SIGKILL']);
    expect(await world.db.query('select verdict from settlement where id = $1', [asked.settles])).toEqual([{ verdict: 'accepted' }]);
    await world.startService();
    expect(await ana.outcome(asked.settles)).toMatchObject({ status: 201, body: { id: asked.body.id, status: 'reserved' } });
    // What was not acknowledged is heard again, and told again to whoever still waits.
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 201, body: { id: asked.body.id } });
    expect(await world.db.query('select decided, revision from request where id = $1', [asked.body.id])).toEqual([{ decided: 1, revision: 1 }]);
  });

  test('while inventory decides hears the decision when it is back', async () => {
    world = await openWorld();
    const ana = planner(world);
    const event = await ana.event();
    const asked = await ana.request(event.id);
    await world.orderOf(asked.settles);
    await world.stopService();
    await ana.accept(asked.settles, 1);
    await world.startService();
    expect(await ana.notice(asked.settles)).toMatchObject({ status: 201 });
  });
});
