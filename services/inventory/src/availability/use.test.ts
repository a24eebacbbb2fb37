import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { copyOf, firstFree, peak, segments, take, useOf } from './use.ts';

const instant = fc.integer({ min: 0, max: 40 });
const piece = fc.record({ from: instant, to: fc.option(instant, { nil: null }), quantity: fc.integer({ min: 1, max: 9 }) });
type Piece = { from: number; to: number | null; quantity: number };
const periods = fc.tuple(instant, fc.integer({ min: 1, max: 20 })).map(([from, length]) => [from, from + length] as const);

/** The oracle: every instant is looked at. */
const takenAt = (pieces: readonly Piece[], at: number) => pieces.reduce((sum, { from, to, quantity }) => (from <= at && (to === null || at < to) ? sum + quantity : sum), 0);
const instants = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('use over time', () => {
  test('periods that touch never add up', () => {
    expect(peak(useOf([{ from: 10, to: 12, quantity: 3 }, { from: 12, to: 14, quantity: 4 }]), 0, 20)).toBe(4);
    expect(peak(useOf([{ from: 10, to: 12, quantity: 3 }]), 12, 14)).toBe(0);
    expect(peak(useOf([{ from: 10, to: 12, quantity: 3 }]), 8, 10)).toBe(0);
  });

  test('an open period goes on', () => {
    expect(peak(useOf([{ from: 10, to: null, quantity: 2 }]), 1_000, 1_001)).toBe(2);
    expect(peak(useOf([{ from: 10, to: null, quantity: 2 }]), 0, null)).toBe(2);
  });

  test('its peak is the most that any instant sees, never the sum of what overlaps', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 25 }), periods, (pieces, [from, to]) => {
      expect(peak(useOf(pieces), from, to)).toBe(Math.max(...instants(from, to).map((at) => takenAt(pieces, at))));
    }));
  });

  test('taken one after the other, in any order, with some given back, it is the same as all at once', () => {
    fc.assert(fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 25 }), periods, (pieces, [from, to]) => {
      const use = useOf(pieces.slice(0, 5).map(([one]) => one));
      for (const [one] of pieces.slice(5)) take(use, one.from, one.to, one.quantity);
      for (const [one, back] of pieces) if (back) take(use, one.from, one.to, -one.quantity);
      const kept = pieces.filter(([, back]) => !back).map(([one]) => one);
      expect(peak(use, from, to)).toBe(peak(useOf(kept), from, to));
    }));
  });

  test('its copy goes a way of its own', () => {
    const use = useOf([{ from: 0, to: 10, quantity: 2 }]);
    const copy = copyOf(use);
    take(copy, 0, 10, -2);
    take(use, 0, 5, 1);
    expect([peak(use, 0, 10), peak(copy, 0, 10)]).toEqual([3, 0]);
  });

  test('its segments cover the period without gaps, each with what is taken all through it', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 15 }), periods, (pieces, [from, to]) => {
      const parts = segments(useOf(pieces), from, to);
      expect([parts[0]!.from, parts.at(-1)!.to]).toEqual([from, to]);
      parts.slice(1).forEach((part, index) => expect(part.from).toBe(parts[index]!.to));
      for (const part of parts) for (const at of instants(part.from, part.to)) expect(part.taken).toBe(takenAt(pieces, at));
    }));
  });

  test('the first free instant is the first from which the whole length fits, and none before it', () => {
    fc.assert(fc.property(fc.array(piece, { maxLength: 15 }), instant, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 12 }), (pieces, from, length, room) => {
      const fits = (at: number) => instants(at, at + length).every((each) => takenAt(pieces, each) <= room);
      const expected = instants(from, 101).find(fits) ?? null;
      expect(firstFree(useOf(pieces), from, length, room, 100)).toBe(expected);
    }));
  });

  test('nothing is ever free of which there is none', () => {
    expect(firstFree(useOf([]), 0, 5, -1, 100)).toBeNull();
  });
});

test('among hundreds of steps, taken and given back one by one, every instant is what it would be all at once', () => {
  const wide = fc.record({ from: fc.integer({ min: 0, max: 2_000 }), length: fc.option(fc.integer({ min: 1, max: 900 }), { nil: null }), quantity: fc.integer({ min: 1, max: 9 }) })
    .map(({ from, length, quantity }): Piece => ({ from, to: length === null ? null : from + length, quantity }));
  fc.assert(fc.property(
    fc.array(fc.tuple(wide, fc.boolean()), { minLength: 150, maxLength: 400 }),
    fc.integer({ min: 0, max: 2_000 }),
    fc.integer({ min: 1, max: 500 }),
    (pieces, from, length) => {
      const use = useOf(pieces.slice(0, 60).map(([one]) => one));
      for (const [one] of pieces.slice(60)) take(use, one.from, one.to, one.quantity);
      for (const [one, back] of pieces) if (back) take(use, one.from, one.to, -one.quantity);
      const kept = pieces.filter(([, back]) => !back).map(([one]) => one);
      expect(peak(use, from, from + length)).toBe(Math.max(...instants(from, from + length).map((at) => takenAt(kept, at))));
      for (const part of segments(use, from, from + length)) expect(part.taken).toBe(takenAt(kept, part.from));
      const room = kept.length;
      const level = Array.from({ length: 4_001 }, (_, at) => takenAt(kept, at));
      const fits = (at: number) => level.slice(at, at + length).every((each) => each <= room);
      expect(firstFree(use, from, length, room, 3_000)).toBe(instants(from, 3_001).find(fits) ?? null);
    },
  ), { numRuns: 40 });
});
