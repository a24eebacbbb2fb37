import { expect, test } from '@jest/globals';
import type { Stock } from '../availability/stock.ts';
import { keepsShelves, openKnown, roomAhead, shelfFor, wholeShelf, type Known } from './known.ts';
import { openShelf, putOn, type ShelfLine } from './shelf.ts';

const now = Date.UTC(2026, 5, 1);
const hour = 3_600_000;
const stock: Stock = {
  id: 'sub', companyId: 'c', reference: 'EQ-SON-001', category: 'sound', subcategory: null,
  tracking: 'bulk', total: 5, archived: false, prepMs: 0, turnaroundMs: 0,
};
const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const aLine = (n: number, from: number): ShelfLine => ({
  id: idOf(n), reservationId: idOf(n), eventId: idOf(n), status: 'reserved', quantity: 1, delivered: 0,
  returned: 0, missing: 0, askedFrom: from, askedTo: from + hour, from, to: from + hour, outSince: null,
});
const aShelf = (lines: readonly ShelfLine[] = []) => wholeShelf(openShelf(stock, lines, [], now), now - hour, now);
/** A company whose shelves hold so many lines each. */
const keep = (known: Known, id: string, ...sizes: number[]): void => {
  const company = known.take(id);
  sizes.forEach((size, place) => company.shelves.set(`${id}${place}`, aShelf(Array.from({ length: size }, (_, line) => aLine(line, now + line * hour)))));
  known.put(company);
};

test('a shelf answers from where it was read on, until time changes it, and not to a clock that was set back', () => {
  const known = openKnown(100);
  const company = known.take('c');
  company.shelves.set('sub', aShelf([aLine(1, now + hour)]));
  expect(shelfFor(company, 'sub', now - 2 * hour, now)).toBeUndefined();
  expect(shelfFor(company, 'sub', now, now)).toBeDefined();
  expect(shelfFor(company, 'sub', now, now + 2 * hour)).toBeUndefined();
  company.shelves.set('sub', aShelf());
  expect(shelfFor(company, 'sub', now, now - 1)).toBeUndefined();
  expect(company.shelves.size).toBe(0);
});

test('shelves stand while nobody else was there, and go when somebody was', () => {
  const company = openKnown(100).take('c');
  company.version = 7;
  company.shelves.set('sub', aShelf());
  expect(keepsShelves(company, 8)).toBe(true);
  company.version = 8;
  expect(company.shelves.size).toBe(1);
  expect(keepsShelves(company, 10)).toBe(false);
  expect(company.shelves.size).toBe(0);
});

test('beyond the most that is kept, what was used longest ago goes first', () => {
  const known = openKnown(20);
  keep(known, 'a', 5, 5);
  keep(known, 'b', 4);
  expect(known.lines()).toBe(17);
  keep(known, 'c', 4);
  expect([...known.see('a')!.shelves.keys()]).toEqual(['a1']);
  expect(known.lines()).toBe(16);
});

test('a company whose shelves were pushed out is not read whole again at once', () => {
  const known = openKnown(10);
  keep(known, 'a', 7);
  const a = known.see('a')!;
  Object.assign(a, { version: 20, alone: 20 });
  keep(known, 'b', 7);
  expect(a.shelves.size).toBe(0);
  const batches = (...versions: number[]) => versions.map((version) => { const kept = keepsShelves(a, version); a.version = version; return kept; });
  expect(batches(21, 22)).toEqual([false, true]);
  // There is room again, and a shelf to measure it by: what is missing is patience.
  known.take('b');
  known.take('a').shelves.set('a0', aShelf());
  expect(roomAhead(a)).toBe(0);
  expect(batches(23, 24)).toEqual([true, true]);
  expect(roomAhead(a)).toBeGreaterThan(0);
});

test('a company that has no shelves loses nothing, however often others are pushed out', () => {
  const known = openKnown(10);
  const small = known.take('small');
  Object.assign(small, { version: 20, alone: 20 });
  known.put(small);
  for (let turn = 0; turn < 4; turn++) keep(known, `large${turn}`, 7);
  expect([small.alone, small.patience]).toEqual([20, 1]);
  expect(keepsShelves(small, 21)).toBe(true);
});

test('lines put onto a shelf that was pushed out meanwhile are not counted', () => {
  const known = openKnown(10);
  keep(known, 'a', 3);
  keep(known, 'b', 3);
  const [a, b] = [known.see('a')!, known.see('b')!];
  // One batch of both, decided ahead: what is put back for the one pushes the other out.
  for (const { shelves } of [b, a]) for (let line = 0; line < 4; line++) putOn([...shelves.values()][0]!, aLine(100 + line, now + line * hour), now);
  known.put(b, 4);
  known.put(a, 4);
  expect([a.shelves.size, b.shelves.size]).toEqual([0, 1]);
  expect(known.lines()).toBe(8);
});

test('what has grown since it was counted is never counted below nothing', () => {
  const known = openKnown(10);
  keep(known, 'a', 1);
  const shelf = known.see('a')!.shelves.get('a0')!;
  for (let line = 0; line < 20; line++) putOn(shelf, aLine(100 + line, now + line * hour), now);
  keep(known, 'b', 10);
  expect(known.see('a')!.shelves.size).toBe(0);
  expect(known.lines()).toBe(0);
  keep(known, 'c', 3);
  expect(known.lines()).toBe(4);
});

test('lines that were added are counted without looking at every shelf, and anew when all are', () => {
  const known = openKnown(100);
  keep(known, 'a', 3, 4);
  const company = known.see('a')!;
  known.put(company, 5);
  expect(known.lines()).toBe(14);
  known.put(company);
  expect(known.lines()).toBe(9);
});

test('shelves nobody asks for are read where others stay away for long, and push nothing out', () => {
  const known = openKnown(100);
  keep(known, 'other', 19);
  const company = known.take('a');
  expect(roomAhead(Object.assign(company, { alone: 9 }))).toBe(0);
  company.shelves.set('sub', aShelf([1, 2, 3, 4].map((line) => aLine(line, now + line * hour))));
  // Three quarters of the 80 lines that are left, less the 5 there are, for shelves of 5.
  expect(roomAhead(company)).toBe(11);
  expect(roomAhead(Object.assign(company, { alone: 1 }))).toBe(0);
  expect(roomAhead(Object.assign(company, { alone: 9, patience: 8 }))).toBe(0);
});
