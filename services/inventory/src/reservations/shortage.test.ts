import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { takenByMaintenance } from '../availability/taken.ts';
import type { Line } from './reservation.ts';
import { nextLook, shortagesOf } from './shortage.ts';

const aLine = (over: Partial<Line> = {}): Line => {
  const line: Line = {
    id: 'a', reservationId: 'r', eventId: 'e', equipmentId: 'q', kitId: null, quantity: 3, askedFrom: 10, askedTo: 20, from: 10, to: 20, status: 'reserved',
    delivered: 0, returned: 0, damaged: 0, missing: 0, outSince: null, decidedSeq: 1, decidedAt: 0, short: 0, ...over,
  };
  return { ...line, askedFrom: over.askedFrom ?? line.from, askedTo: over.askedTo ?? line.to };
};
const repair = (quantity: number, startsAt = 0, expectedEndAt: number | null = null) => takenByMaintenance({ id: 'm', startsAt, expectedEndAt, quantity }, 0);

describe('when reality falls below what is promised', () => {
  test('nobody is short while it does not', () => {
    expect(shortagesOf(5, [aLine(), aLine({ id: 'b', quantity: 2, decidedSeq: 2 })], [], 0)).toEqual([]);
  });
  test('the newest decision is short first, by exactly the excess', () => {
    const lines = [aLine({ id: 'new', quantity: 2, decidedSeq: 2 }), aLine({ id: 'old', decidedSeq: 1 })];
    expect(shortagesOf(5, lines, [repair(1)], 0)).toEqual([{ lineId: 'new', quantity: 1 }]);
    expect(shortagesOf(5, lines, [repair(3)], 0)).toEqual([{ lineId: 'old', quantity: 1 }, { lineId: 'new', quantity: 2 }]);
  });
  test('what is out already is never short: who is still waiting is', () => {
    const lines = [aLine({ id: 'out', delivered: 3, status: 'delivered', outSince: 5, decidedSeq: 9 }), aLine({ id: 'waits', quantity: 2, decidedSeq: 1 })];
    expect(shortagesOf(5, lines, [repair(1)], 12)).toEqual([{ lineId: 'waits', quantity: 1 }]);
  });
  test('two of five pieces late are short for the next event, until they are back', () => {
    const late = aLine({ id: 'late', quantity: 5, delivered: 5, returned: 3, status: 'delivered', outSince: 10 });
    const next = aLine({ id: 'next', quantity: 5, from: 25, to: 30, decidedSeq: 2 });
    expect(shortagesOf(5, [late, next], [], 19)).toEqual([]);
    expect(shortagesOf(5, [late, next], [], 20)).toEqual([{ lineId: 'next', quantity: 2 }]);
    expect(shortagesOf(5, [{ ...late, returned: 5, status: 'returned' }, next], [], 21)).toEqual([]);
  });
  test('what is over is short no more, and one looks again when the next promise is over', () => {
    const line = aLine({ quantity: 5 });
    expect(shortagesOf(5, [line], [repair(2)], 15)).toEqual([{ lineId: 'a', quantity: 2 }]);
    expect(nextLook([line], 15)).toBe(20);
    expect(shortagesOf(5, [line], [repair(2)], 20)).toEqual([]);
    expect(nextLook([line], 20)).toBeNull();
  });

  test('what is left of the promises fits at every instant, and nobody is short without need', () => {
    const line = fc.record({ from: fc.integer({ min: 0, max: 20 }), length: fc.integer({ min: 1, max: 10 }), quantity: fc.integer({ min: 1, max: 5 }) });
    fc.assert(fc.property(fc.array(line, { maxLength: 12 }), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 6 }), (asked, total, broken) => {
      const lines = asked.map(({ from, length, quantity }, index) => aLine({ id: String(index), quantity, from, to: from + length, decidedSeq: index }));
      const short = new Map(shortagesOf(total, lines, broken > 0 ? [repair(broken)] : [], 0).map(({ lineId, quantity }) => [lineId, quantity]));
      const kept = (one: Line) => one.quantity - (short.get(one.id) ?? 0);
      const use = (instant: number, upTo: number) => lines.slice(0, upTo).filter((one) => one.from <= instant && instant < one.to).reduce((sum, one) => sum + kept(one), 0);
      const room = Math.max(0, total - broken);
      for (let instant = 0; instant < 31; instant++) expect(use(instant, lines.length)).toBeLessThanOrEqual(room);
      // One piece more for a line that is short would not fit beside the older promises.
      lines.forEach((one, index) => {
        if (!short.has(one.id)) return;
        expect(Array.from({ length: one.to - one.from }, (_, offset) => use(one.from + offset, index) + kept(one) + 1).some((used) => used > room)).toBe(true);
      });
    }));
  });
});
