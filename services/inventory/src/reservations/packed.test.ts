import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AskedLine } from '../availability/taken.ts';
import { addPacked, canBePacked, hasPacked, hasPackedOf, noLines, packedCount, packedEnd, packedOf, packedWithin, removePacked } from './packed.ts';

/** Ids that differ in any one part, those that share a chain among them. */
const ids = [
  '00000000-0000-7000-8000-000000000000', '00000001-0000-7000-8000-000000000000', '00000000-0000-7001-8000-000000000000',
  '00000000-0000-7000-8000-000100000000', '00000000-0000-7000-8000-000000000001', 'ffffffff-ffff-7fff-bfff-ffffffffffff',
];
const id = fc.constantFrom(...ids);
const at = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2026, 0) + 20 });
const lineOf = fc.record({ reservationId: id, eventId: id, begins: at, length: fc.integer({ min: 1, max: 8 }), quantity: fc.integer({ min: 1, max: 1_000_000 }) });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('add' as const), line: lineOf }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('remove' as const), which: fc.nat(40) }) },
);
const sorted = (lines: readonly AskedLine[]) => lines.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const numbered = (n: number) => `00000000-0000-7000-9000-${n.toString(16).padStart(12, '0')}`;
const plain = { status: 'reserved', delivered: 0, returned: 0, missing: 0, outSince: null } as const;

describe('packed lines', () => {
  test('are those that a list of objects would hold, whatever is added and taken off', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const packed = noLines();
      let list: AskedLine[] = [];
      for (const [n, one] of steps.entries()) {
        if (one.does === 'add') {
          const { reservationId, eventId, begins, length, quantity } = one.line;
          const added = { ...plain, id: numbered(n), reservationId, eventId, quantity, from: begins, to: begins + length, askedFrom: begins + 1, askedTo: begins + length - 1 };
          addPacked(packed, added);
          list.push(added);
        } else {
          const gone = list[one.which % Math.max(1, list.length)];
          if (gone === undefined) continue;
          expect(removePacked(packed, gone.eventId, gone.id)).toEqual(gone);
          expect(removePacked(packed, gone.eventId, gone.id)).toBeUndefined();
          list = list.filter((line) => line !== gone);
        }
        const now = Date.UTC(2026, 0) + (n % 20);
        expect(packedCount(packed)).toBe(list.length);
        expect(sorted(packedWithin(packed, now, now + 3))).toEqual(sorted(list.filter(({ from, to }) => from < now + 3 && to > now)));
        expect(packedEnd(packed, now)).toBe(Math.min(Infinity, ...list.map(({ askedTo }) => askedTo).filter((end) => end > now)));
        for (const eventId of ids) {
          const own = list.filter((line) => line.eventId === eventId);
          expect(sorted(packedOf(packed, eventId))).toEqual(sorted(own));
          expect(sorted(packedOf(packed, eventId, now, now + 3))).toEqual(sorted(own.filter(({ askedFrom, askedTo }) => askedFrom < now + 3 && askedTo > now)));
          for (const reservationId of ids) expect(hasPackedOf(packed, eventId, reservationId)).toBe(own.some((line) => line.reservationId === reservationId));
        }
        for (const line of list) expect([hasPacked(packed, line.eventId, line.id), hasPacked(packed, line.eventId, numbered(999))]).toEqual([true, false]);
      }
    }), { numRuns: 200 });
  });

  test('are found by thousands, and with ids in capitals too', () => {
    const packed = noLines();
    const lines = Array.from({ length: 3_000 }, (_, n): AskedLine => ({
      ...plain, id: numbered(n), reservationId: numbered(n), eventId: numbered(n % 700), quantity: 1, from: n, to: n + 1, askedFrom: n, askedTo: n + 1,
    }));
    for (const line of lines) addPacked(packed, line);
    expect(packedOf(packed, numbered(699))).toHaveLength(4);
    expect(hasPacked(packed, numbered(0xab).toUpperCase(), numbered(0xab).toUpperCase())).toBe(true);
    for (const { eventId, id: own } of lines) removePacked(packed, eventId, own);
    expect([packedCount(packed), packedOf(packed, numbered(1))]).toEqual([0, []]);
  });

  test('stay as they were when one with something that is no id is added', () => {
    const packed = noLines();
    const good: AskedLine = { ...plain, id: numbered(1), reservationId: numbered(2), eventId: numbered(3), quantity: 1, from: 0, to: 1, askedFrom: 0, askedTo: 1 };
    addPacked(packed, good);
    const other: AskedLine = { ...good, id: numbered(4) };
    for (const bad of ['id', 'reservationId', 'eventId']) expect(() => addPacked(packed, { ...other, [bad]: 'none' })).toThrow(TypeError);
    expect(packedOf(packed, numbered(3))).toEqual([good]);
    expect(packedCount(packed)).toBe(1);
  });

  test.each([
    ['status', 'delivered'], ['delivered', 1], ['returned', 1], ['missing', 1], ['outSince', 0],
  ] as const)('are none of which %s says more than there is room for', (field, value) => {
    const line: AskedLine = { ...plain, id: numbered(1), reservationId: numbered(2), eventId: numbered(3), quantity: 1, from: 0, to: 1, askedFrom: 0, askedTo: 1 };
    expect([canBePacked(line), canBePacked({ ...line, [field]: value })]).toEqual([true, false]);
  });
});
