/** What keeps decisions ahead of the lock right can be taken away, and then they are wrong. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { crowd } from '../crowd.ts';
import { openDesk, type Desk } from '../desk.ts';
import { afterRollback, behindOneThatFails, overtakings, seenAfter } from '../overtaking.ts';
import { comparingNothing, countingOnNumbers, neverForgetting } from './ahead.ts';

let desk: Desk;
beforeAll(async () => { desk = await openDesk(); });
afterAll(() => desk.drop());

test.each([
  'another writer promises', 'a repair is opened', 'the total is lowered', 'preparation takes longer',
])('without the comparison of versions, %s is not noticed', async (name) => {
  const { known, rows } = await seenAfter(desk, await desk.writer({ through: comparingNothing }), overtakings[name]!);
  expect(known).not.toEqual(rows);
});

test('without the comparison of versions, two writers promise more than there is', async () => {
  const { over } = await crowd(desk, await Promise.all([desk.writer({ through: comparingNothing }), desk.writer({ through: comparingNothing })]));
  expect(over.length).toBeGreaterThan(0);
}, 30_000);

test('what counts on the number of a batch that came to nothing promises what somebody else has', async () => {
  expect(await behindOneThatFails(desk, await desk.writer({ through: countingOnNumbers }))).not.toEqual(['accepted', 'refused']);
});

test('what is not forgotten when somebody else was there goes on being believed', async () => {
  const { known, rows } = await seenAfter(desk, await desk.writer({ known: neverForgetting() }), overtakings['another writer promises']!);
  expect(known).not.toEqual(rows);
});

test('what is not forgotten when a transaction is rolled back stands in the way of its own orders', async () => {
  expect(await afterRollback(desk, neverForgetting())).not.toEqual(['accepted', 'refused']);
});
