/** What a writer knows stays true though orders are heard again, companies share a batch, or a batch cannot be put together. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { openDesk, type Desk } from './desk.ts';
import { warmed } from './overtaking.ts';
import { aLine } from './stage.ts';
import { sweep } from './sweep.ts';

let desk: Desk;
beforeAll(async () => { desk = await openDesk(); });
afterAll(() => desk.drop());

const outcomes = (decisions: readonly { readonly outcome: string }[]): string[] => decisions.map(({ outcome }) => outcome);

test('an order heard again in one batch with one that does not fit keeps what it was promised', async () => {
  const writer = await desk.writer();
  const equipmentId = await desk.equipment(5);
  await warmed(desk, writer, equipmentId);
  const heard = desk.order([{ lines: [aLine(equipmentId, 2, 400, 408)] }]);
  expect(outcomes(await writer.settle([heard]))).toEqual(['accepted']);
  const tooMuch = desk.order([{ lines: [aLine(equipmentId, 4, 400, 408)] }]);
  expect(outcomes(await writer.settle([heard, tooMuch]))).toEqual(['refused']);
  expect(await sweep(desk.db)).toEqual([]);
});

test('the same while the first is still being written', async () => {
  const writer = await desk.writer();
  const equipmentId = await desk.equipment(5);
  await warmed(desk, writer, equipmentId);
  const heard = desk.order([{ lines: [aLine(equipmentId, 2, 400, 408)] }]);
  const tooMuch = desk.order([{ lines: [aLine(equipmentId, 4, 400, 408)] }]);
  expect((await Promise.all([writer.settle([heard]), writer.settle([heard, tooMuch])])).map(outcomes)).toEqual([['accepted'], ['refused']]);
  expect(await sweep(desk.db)).toEqual([]);
});

test('a batch that counted on a company somebody else changed knows nothing of its other companies either', async () => {
  const writer = await desk.writer();
  const [one, other] = [desk.companyId, uuid7()];
  const [ours, theirs] = [await desk.equipment(5), await desk.equipment(5, { company_id: other })];
  const order = (companyId: string, quantity: number, from: number) => desk.order([{ lines: [aLine(companyId === one ? ours : theirs, quantity, from, from + 8)] }], { companyId });
  for (let turn = 0; turn < 5; turn++) for (const companyId of [one, other]) await writer.settle([order(companyId, 1, 200 + 10 * turn)]);
  const before = writer.counted.ahead;
  await writer.settle([order(other, 1, 300)]);
  expect(writer.counted.ahead).toBe(before + 1);
  // Somebody else is at both: the first batch finds out about one company, and the second was decided on top of it, for both.
  const somebody = await desk.writer();
  await somebody.settle([order(one, 1, 500)]);
  await somebody.settle([order(other, 5, 600)]);
  await Promise.all([writer.settle([order(one, 1, 510)]), writer.settle([order(one, 1, 520), order(other, 1, 530)])]);
  expect(outcomes(await writer.settle([order(other, 5, 600)]))).toEqual(['refused']);
  expect(await sweep(desk.db)).toEqual([]);
});

test('an order that cannot be put into a statement promises nothing to anybody', async () => {
  const writer = await desk.writer();
  const equipmentId = await desk.equipment(5);
  await warmed(desk, writer, equipmentId);
  const broken = desk.order([{ lines: [aLine(equipmentId, 5, 400, 408, { kitId: 'no kit' })] }]);
  await expect(writer.settle([broken])).rejects.toThrow();
  expect(outcomes(await writer.settle([desk.order([{ lines: [aLine(equipmentId, 5, 400, 408)] }])]))).toEqual(['accepted']);
});

test('a line that is moved to other dates is in the way there, for the orders of its own batch too', async () => {
  const equipmentId = await desk.equipment(5);
  const [id, eventId, line] = [uuid7(), uuid7(), uuid7()];
  const rows = await desk.writer();
  const order = (revision: number, from: number) => desk.order([{ id, revision, lines: [aLine(equipmentId, 5, from, from + 8, { id: line })] }], { eventId });
  await rows.settle([order(1, 100)]);
  const other = desk.order([{ lines: [aLine(equipmentId, 1, 900, 908)] }]);
  expect(outcomes(await rows.settle([order(2, 900), other]))).toEqual(['accepted', 'refused']);
  expect(await sweep(desk.db)).toEqual([]);
});
