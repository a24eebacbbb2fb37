import { afterEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parts } from '../src/events.ts';
import { broken, olderWins } from './controls/older-wins.ts';
import { theNewestSequenceWins } from './newer-wins.ts';
import { planner } from './planner.ts';
import { openWorld, type World } from './world.ts';

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
    expect(broken.statements).toBeGreaterThan(0);
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
    const dying = spawn(process.execPath, [fileURLToPath(new URL('controls/dies-before-telling.ts', import.meta.url))], { env: { ...process.env, ...(await world.environment()) }, stdio: 'ignore' });
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
