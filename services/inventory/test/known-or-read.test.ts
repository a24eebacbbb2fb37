/** A model: whatever happens in whatever order, deciding by what is known comes to what deciding by the rows alone comes to. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import fc from 'fast-check';
import type { Known } from '../src/reservations/known.ts';
import type { Settling } from '../src/reservations/settling.reactions.ts';
import type { GivenOrder } from '../src/reservations/telling.reactions.ts';
import { eager, forgetful } from './controls/ahead.ts';
import { openDesk, type Desk } from './desk.ts';
import { inWords } from './overtaking.ts';
import { aLine, fromNow } from './stage.ts';
import { contradictions } from './sweep.ts';

let desk: Desk;
beforeAll(async () => { desk = await openDesk(); });
afterAll(() => desk.drop());

const hours = fc.integer({ min: 0, max: 60 });
const wanted = fc.record({
  shelf: fc.integer({ min: 0, max: 2 }), quantity: fc.integer({ min: 1, max: 4 }), from: hours,
  length: fc.integer({ min: 1, max: 12 }), near: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
});
type Wanted = { shelf: number; quantity: number; from: number; length: number; near: boolean };
const asked = fc.record({ lines: fc.array(wanted, { minLength: 1, maxLength: 3 }), partial: fc.boolean(), event: fc.integer({ min: 0, max: 3 }) });
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('order' as const), orders: fc.array(asked, { minLength: 1, maxLength: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), which: fc.nat(20), lines: fc.array(wanted, { maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hand out' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('take back' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repair' as const), shelf: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('total' as const), shelf: fc.integer({ min: 0, max: 2 }), total: fc.integer({ min: 4, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('minutes' as const), shelf: fc.integer({ min: 0, max: 2 }), minutes: fc.integer({ min: 0, max: 180 }) }) },
);

/** Lines of next year, or of now: what touches this instant is handed out, and has a history. */
const linesOf = (shelves: readonly string[], lines: readonly Wanted[]) => lines.map(({ shelf, quantity, from, length, near }) =>
  (near ? aLine(shelves[shelf]!, quantity, fromNow(from - 20), fromNow(from - 20 + length)) : aLine(shelves[shelf]!, quantity, from, from + length)));

test.each([
  ['orders, changes, cancellations, hand-outs, returns, repairs and corrections', eager(), 10],
  ['the same with so little room that shelves are pushed out all the time', forgetful(), 0],
] as const)('%s', async (_, known, leastAhead) => {
  let [ahead, compared] = [0, 0];
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30 }), async (steps) => {
    const writer: Settling = await shared(known);
    const shelves = [await desk.equipment(5), await desk.equipment(3), await desk.equipment(8, { prep_minutes: 60 })];
    const events = Array.from({ length: 4 }, () => uuid7());
    const given: GivenOrder[] = [];
    // What the rows alone come to is asked first, and undone; then it is decided for good.
    const settle = async (orders: readonly GivenOrder[]): Promise<void> => {
      const byRows = await desk.byRows(orders);
      const decided = await writer.settle(orders);
      expect(decided.map(inWords)).toEqual(byRows.map(inWords));
      expect(decided.map(({ after }) => after.shortages)).toEqual(byRows.map(({ after }) => after.shortages));
      compared += decided.length;
    };
    const before = writer.counted.ahead;
    for (const one of steps) {
      const old = 'which' in one && given.length > 0 ? given[one.which % given.length]! : undefined;
      if (one.do === 'order') {
        const orders = one.orders.map(({ lines, partial, event }) => desk.order([{ lines: linesOf(shelves, lines), allowPartial: partial }], { eventId: events[event]! }));
        given.push(...orders);
        await settle(orders);
      } else if (one.do === 'change' && old) {
        const { eventId, reservations: [{ id, revision }] } = old as GivenOrder & { reservations: [{ id: string; revision: number }] };
        const order = desk.order([{ id, revision: revision + 1, lines: linesOf(shelves, one.lines) }], { eventId });
        given.push(order);
        await settle([order]);
      } else if (one.do === 'again' && old) await settle([old]);
      else if (one.do === 'hand out' && old) await desk.operate('deliverReservation', { id: old.reservations[0]!.id });
      else if (one.do === 'take back' && old) await desk.operate('returnReservation', { id: old.reservations[0]!.id });
      else if (one.do === 'repair') await desk.operate('openMaintenance', {
        equipmentId: shelves[one.shelf]!, quantity: 1, priority: 'low', problem: 'hums', startsAt: fromNow(-1),
      });
      else if (one.do === 'total') await desk.operate('patchEquipment', { id: shelves[one.shelf]!, quantityTotal: one.total });
      else if (one.do === 'minutes') await desk.operate('patchEquipment', { id: shelves[one.shelf]!, turnaroundMinutes: one.minutes });
    }
    ahead += writer.counted.ahead - before;
  }), { numRuns: 25 });
  // It was about both: much was decided, and a good part of it ahead of the lock.
  expect(compared).toBeGreaterThan(150);
  expect(ahead).toBeGreaterThan(leastAhead);
  expect(await contradictions(desk.db)).toEqual([]);
}, 120_000);

const writing = new Map<Known, Promise<Settling>>();
function shared(known: Known): Promise<Settling> {
  const writer = writing.get(known) ?? desk.writer({ known });
  writing.set(known, writer);
  return writer;
}
