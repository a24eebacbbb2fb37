import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServiceReaction } from '@regie/runtime';
import { eventually } from '@regie/testing';
import { parts } from '../src/inventory.ts';
import { aLine, openStage, type Stage } from './stage.ts';
import { dyingBeforeCommit } from './controls/broken.ts';
import { kill, startProcess } from './processes.ts';
import { survivors } from './survivors.ts';
import { contradictions, sweep } from './sweep.ts';

let stage: Stage;
beforeAll(async () => { stage = await openStage(); });
afterAll(() => stage.drop());

describe('an order is decided once', () => {
  test('when the batch dies before its commit', async () => {
    expect(await survivors(stage, dyingBeforeCommit())).toBe(10);
  });

  test('when the batch was committed and nobody heard of it', async () => {
    let lost = 0;
    const { settle } = parts.reactions;
    const forgetful: ServiceReaction = {
      async handle(messages, reacting) {
        await settle.handle(messages, reacting);
        // The commit stands; the acknowledgement never leaves.
        if (lost++ < 3) throw new Error('cut off after the commit');
      },
    };
    const app = await stage.start({ reactions: { ...parts.reactions, settle: forgetful } });
    const equipmentId = await stage.equipment(10);
    const orders = Array.from({ length: 20 }, () => stage.order([{ lines: [aLine(equipmentId, 1)] }]));
    await stage.publish(orders);
    const told = await stage.decided(orders);
    await eventually(() => lost, (times) => times > 3);
    expect(told).toHaveLength(20);
    expect(told.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(10);
    expect((await stage.decided(orders)).length).toBe(20);
    expect(await stage.db.query('select 1 from decision where settlement_id = any($1::uuid[])', [orders.map(({ data }) => data.settlementId)])).toHaveLength(20);
    await stage.stop([app]);
  });

  test('when the process is killed again and again in the middle of 200', async () => {
    const equipmentId = await stage.equipment(50);
    const orders = Array.from({ length: 200 }, (_, index) => stage.order([{ lines: [aLine(equipmentId, 1 + (index % 2), index % 5, 10 + (index % 5))] }]));
    const decidedSoFar = async () => (await stage.db.query<{ n: number }>(
      'select count(*)::int as n from decision where settlement_id = any($1::uuid[])', [orders.map(({ data }) => data.settlementId)]))[0]!.n;
    // Orders keep coming, a few ahead of what is decided, so that each death has some in hand and some waiting.
    const publishing = (async () => {
      for (let sent = 0; sent < orders.length; sent += 5) {
        await eventually(decidedSoFar, (decided) => decided > sent - 40, 60_000);
        await stage.publish(orders.slice(sent, sent + 5));
      }
    })();
    for (const enough of [30, 90]) {
      const child = await startProcess(stage);
      await eventually(decidedSoFar, (decided) => decided >= enough, 30_000);
      await kill(child);
      expect(await decidedSoFar()).toBeLessThan(200);
    }
    const app = await stage.start();
    await publishing;
    const told = await stage.decided(orders, 30_000);
    expect(told).toHaveLength(200);
    expect(new Set(told.map(({ id }) => id)).size).toBe(200);
    expect(await sweep(stage.db)).toEqual([]);
    expect(await contradictions(stage.db)).toEqual([]);
    // Every fact leaves the outbox, whoever wrote it.
    await eventually(() => stage.db.query('select 1 from outbox_pending'), (rows) => rows.length === 0);
    await stage.stop([app]);
  }, 90_000);
});
