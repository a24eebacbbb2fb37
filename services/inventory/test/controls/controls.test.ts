/** The tests can fail: each broken variant is given to the check that the service passes, and caught by it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { parts } from '../../src/inventory.ts';
import { rush } from '../rush.ts';
import { aLine, openStage, type Stage } from '../stage.ts';
import { survivors } from '../survivors.ts';
import { acknowledgingFirst, dyingBeforeCommit, olderWins, settleThrough, withoutLock } from './broken.ts';

let stage: Stage;
beforeAll(async () => { stage = await openStage(); });
afterAll(() => stage.drop());

test('without the lock of the partition, the rush for the last 5 pieces promises more than there is', async () => {
  const broken = { reactions: { ...parts.reactions, settle: settleThrough(withoutLock, 4) } };
  const apps = await Promise.all([stage.start(broken), stage.start(broken)]);
  let over = 0;
  // Luck may save one rush; it does not save many.
  for (let attempt = 0; attempt < 5 && over === 0; attempt++) over = (await rush(stage, 100)).overPromised.length;
  expect(over).toBeGreaterThan(0);
  await stage.stop(apps);
});

test('with an older revision winning, revisions that overtake each other do not end with the newest', async () => {
  const apps = [await stage.start({ reactions: { ...parts.reactions, settle: settleThrough(olderWins) } })];
  const [id, line, eventId] = [uuid7(), aLine(await stage.equipment(5), 3), uuid7()];
  const revisions = [2, 1].map((revision) => stage.order([{ id, revision, lines: revision === 2 ? [] : [line] }], { eventId }));
  for (const one of revisions) { await stage.publish([one]); await stage.decided([one]); }
  expect(await stage.db.query('select status from reservation where id = $1', [id])).toEqual([{ status: 'reserved' }]);
  await stage.stop(apps);
});

test('with the acknowledgement before the commit, orders that died before their commit are never decided', async () => {
  expect(await survivors(stage, acknowledgingFirst(dyingBeforeCommit()))).toBeLessThan(10);
});
