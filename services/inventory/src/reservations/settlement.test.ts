import { describe, expect, test } from '@jest/globals';
import type { Stock } from '../availability/stock.ts';
import { takenByMaintenance, type Taken } from '../availability/taken.ts';
import { isTaking, lineStatus, reservationStatus, type Held, type Line } from './reservation.ts';
import { decide, type DesiredState, type Order } from './settlement.ts';
import { openShelf } from './shelf.ts';
import { openWorld, promisedTo, type World } from './world.ts';

const now = Date.UTC(2026, 5, 1);
const at = (day: number) => Date.UTC(2026, 5, day);
const iso = (day: number) => new Date(at(day)).toISOString();
/** Ids of events, lines and reservations. */
const idOf = (kind: string) => (n: number) => `00000000-0000-7000-8000-${kind}00000000000`.slice(0, -1) + n;
const [e, l, r] = [idOf('e'), idOf('a'), idOf('b')];
const aStock = (over: Partial<Stock> = {}): Stock =>
  ({ id: 'sub', companyId: 'c', reference: 'EQ-SON-001', category: 'sound', subcategory: null, tracking: 'bulk', total: 5, archived: false, prepMs: 0, turnaroundMs: 0, ...over });
const aLine = (over: Partial<Line> = {}): Line => ({
  id: l(1), reservationId: r(1), eventId: e(1), equipmentId: 'sub', kitId: null, quantity: 3, askedFrom: at(10), askedTo: at(12), from: at(10), to: at(12), status: 'reserved',
  delivered: 0, returned: 0, damaged: 0, missing: 0, outSince: null, decidedSeq: 1, decidedAt: now, short: 0, ...over,
});
const aHeld = (lines: Line[], over: Partial<Held> = {}): Held => ({
  id: r(1), companyId: 'c', eventId: e(1), version: 1, revision: 1, status: reservationStatus(lines), lines,
  refusedLines: [], shortages: [], requestedBy: 'ana', decidedAt: now, createdAt: now, updatedAt: now, ...over,
});
const aWorld = ({ stock = [aStock()], held = [], taken = [] }: { stock?: Stock[]; held?: Held[]; taken?: [string, Taken][] } = {}): World => {
  const lines = held.flatMap((one) => one.lines).filter(isTaking);
  const shelves = new Map(stock.map((one) =>
    [one.id, openShelf(one, lines.filter(({ equipmentId }) => equipmentId === one.id), taken.filter(([id]) => id === one.id).map(([, own]) => own), now)]));
  let place = 100;
  return openWorld({ now, shelf: (id) => shelves.get(id), reservations: held, eventLines: lines, eventNames: new Map(), place: () => place++ });
};
const wanted = (over: Partial<DesiredState['lines'][number]> = {}) => ({ id: l(1), equipmentId: 'sub', kitId: null, quantity: 3, from: iso(10), to: iso(12), ...over });
const anOrder = (reservations: Partial<DesiredState>[] = [{}], over: Partial<Order> = {}): Order => ({
  settlementId: 's', companyId: 'c', eventId: e(1),
  reservations: reservations.map((one) => ({ id: r(1), revision: 1, allowPartial: false, requestedBy: 'ana', lines: [wanted()], ...one })), ...over,
});
const other = (revision: number, lines = [wanted({ id: l(2) })], over: Partial<DesiredState> = {}) => anOrder([{ id: r(2), revision, lines, ...over }], { eventId: e(2) });

describe('an order', () => {
  test('is accepted when all of it is free', () => {
    const [decision] = decide(aWorld(), anOrder());
    expect(decision).toMatchObject({ outcome: 'accepted', after: { version: 1, revision: 1, status: 'reserved', lines: [{ id: l(1), quantity: 3, status: 'reserved' }] } });
  });

  test('is refused with who has it, and shows what was asked', () => {
    const world = aWorld();
    decide(world, anOrder());
    const [decision] = decide(world, other(1));
    expect(decision).toMatchObject({
      outcome: 'refused', after: { status: 'rejected', lines: [], refusedLines: [{ id: l(2), quantity: 3 }] },
      shortLines: [{ shortage: { requested: 3, available: 2, reasons: [{ kind: 'reserved', eventId: e(1), quantity: 3, from: iso(10), to: iso(12) }] } }],
    });
  });

  test('of periods that touch another is accepted', () => {
    const world = aWorld();
    decide(world, anOrder([{ lines: [wanted({ quantity: 5 })] }]));
    expect(decide(world, other(1, [wanted({ id: l(2), quantity: 5, from: iso(12), to: iso(14) })]))).toMatchObject([{ outcome: 'accepted' }]);
    expect(decide(world, anOrder([{ id: r(3), lines: [wanted({ id: l(3), quantity: 5, from: iso(8), to: iso(10) })] }], { eventId: e(3) })))
      .toMatchObject([{ outcome: 'accepted' }]);
  });

  test('keeps preparation and turnaround free', () => {
    const hour = 3_600_000;
    const world = aWorld({ stock: [aStock({ prepMs: hour, turnaroundMs: 2 * hour })] });
    expect(decide(world, anOrder([{ lines: [wanted({ quantity: 5 })] }])))
      .toMatchObject([{ after: { lines: [{ askedFrom: at(10), from: at(10) - hour, to: at(12) + 2 * hour }] } }]);
    expect(decide(world, other(1, [wanted({ id: l(2), from: iso(12), to: iso(14) })]))).toMatchObject([{ outcome: 'refused' }]);
  });

  test('for an event that has thousands of lines of the same equipment looks closely only at those of its time', () => {
    const minute = 60_000;
    const numbered = (kind: string, n: number) => `00000000-0000-7000-8000-${kind}${n.toString(16).padStart(11, '0')}`;
    const period = (n: number) => ({ askedFrom: at(10) + n * minute, askedTo: at(10) + (n + 1) * minute, from: at(10) + n * minute, to: at(10) + (n + 1) * minute });
    const lines = Array.from({ length: 20_000 }, (_, n) => aLine({ id: numbered('a', n), quantity: 1, ...period(n) }));
    const world = aWorld({ held: [aHeld(lines)] });
    const more = (from: number) => anOrder([{ id: r(2), lines: Array.from({ length: 200 }, (_, n) => wanted({
      id: numbered('c', n), quantity: 1, from: new Date(at(10) + (from + n) * minute).toISOString(), to: new Date(at(10) + (from + n + 1) * minute).toISOString(),
    })) }]);
    expect(promisedTo(world, e(1), 'sub', at(10) + minute, at(10) + 3 * minute)).toHaveLength(2);
    expect(decide(world, more(20_000))).toMatchObject([{ outcome: 'accepted' }]);
    expect(decide(world, anOrder([{ ...more(19_999).reservations[0]!, id: r(3) }]))).toMatchObject([{ outcome: 'refused', duplicateEquipmentIds: ['sub'] }]);
  });

  test('is all or nothing', () => {
    const world = aWorld({ stock: [aStock(), aStock({ id: 'amp', total: 1 })] });
    const both = [wanted(), wanted({ id: l(2), equipmentId: 'amp', quantity: 2 })];
    expect(decide(world, anOrder([{ lines: both }]))).toMatchObject([{ outcome: 'refused', shortLines: [{ shortage: { equipmentId: 'amp', available: 1 } }] }]);
    expect(decide(world, other(1, [wanted({ id: l(3), quantity: 5 })]))).toMatchObject([{ outcome: 'accepted' }]);
  });

  test('takes the part that fits when that was asked, and is refused when nothing does', () => {
    const world = aWorld({ stock: [aStock(), aStock({ id: 'amp', total: 1 })] });
    const both = [wanted(), wanted({ id: l(2), equipmentId: 'amp', quantity: 2 })];
    expect(decide(world, anOrder([{ lines: both, allowPartial: true }]))).toMatchObject(
      [{ outcome: 'accepted', after: { status: 'reserved', lines: [{ status: 'reserved' }, { status: 'rejected' }] }, shortLines: [{}] }]);
    expect(decide(world, other(1, [wanted({ id: l(3), quantity: 9 })], { allowPartial: true }))).toMatchObject([{ outcome: 'refused', after: { status: 'rejected' } }]);
  });

  test('decides several reservations together: none moves unless all can', () => {
    const world = aWorld({
      stock: [aStock(), aStock({ id: 'amp', total: 1 })],
      held: [aHeld([aLine({ id: l(1) })]), aHeld([aLine({ id: l(2), reservationId: r(2), equipmentId: 'amp', quantity: 1 })], { id: r(2) })],
    });
    decide(world, anOrder([{ id: r(9), lines: [wanted({ id: l(9), equipmentId: 'amp', quantity: 1, from: iso(20), to: iso(22) })] }], { eventId: e(9) }));
    const move = anOrder([
      { revision: 2, lines: [wanted({ from: iso(20), to: iso(22) })] },
      { id: r(2), revision: 2, lines: [wanted({ id: l(2), equipmentId: 'amp', quantity: 1, from: iso(20), to: iso(22) })] },
    ]);
    const decisions = decide(world, move);
    expect(decisions.map(({ outcome, after }) => [outcome, after.status, after.lines[0]!.askedFrom])).toEqual([['refused', 'reserved', at(10)], ['refused', 'reserved', at(10)]]);
    expect(decide(world, anOrder([{ id: r(8), lines: [wanted({ id: l(8) })] }], { eventId: e(8) }))).toMatchObject([{ outcome: 'refused' }]);
  });

  test('for equipment nobody has is refused by its id', () => {
    expect(decide(aWorld(), anOrder([{ lines: [wanted({ equipmentId: 'ghost' })] }]))).toMatchObject([{ outcome: 'refused', unknownEquipmentIds: ['ghost'] }]);
    expect(decide(aWorld({ stock: [aStock({ companyId: 'of another in the same batch' })] }), anOrder())).toMatchObject([{ outcome: 'refused', unknownEquipmentIds: ['sub'] }]);
    expect(decide(aWorld({ stock: [aStock({ archived: true, total: 0 })] }), anOrder())).toMatchObject([{ outcome: 'refused', unknownEquipmentIds: ['sub'] }]);
  });
});

describe('the same equipment twice in one event', () => {
  test('for overlapping periods is refused, within an order and across reservations', () => {
    expect(decide(aWorld(), anOrder([{ lines: [wanted({ quantity: 1 }), wanted({ id: l(2), quantity: 1, from: iso(11), to: iso(13) })] }])))
      .toMatchObject([{ outcome: 'refused', duplicateEquipmentIds: ['sub'] }]);
    const world = aWorld();
    decide(world, anOrder([{ lines: [wanted({ quantity: 1 })] }]));
    expect(decide(world, anOrder([{ id: r(2), lines: [wanted({ id: l(2), quantity: 1 })] }]))).toMatchObject([{ outcome: 'refused', duplicateEquipmentIds: ['sub'] }]);
  });
  test('for periods that touch is two lines', () => {
    expect(decide(aWorld(), anOrder([{ lines: [wanted(), wanted({ id: l(2), from: iso(12), to: iso(13) })] }]))).toMatchObject([{ outcome: 'accepted' }]);
  });
});

describe('a change', () => {
  test('does not stand in its own way', () => {
    const world = aWorld({ held: [aHeld([aLine({ quantity: 5 })])] });
    expect(decide(world, anOrder([{ revision: 2, lines: [wanted({ quantity: 5, from: iso(11), to: iso(13) })] }])))
      .toMatchObject([{ outcome: 'accepted', after: { version: 2, revision: 2, lines: [{ askedFrom: at(11) }] } }]);
    expect(decide(world, other(1, [wanted({ id: l(2), from: iso(10), to: iso(11) })]))).toMatchObject([{ outcome: 'accepted' }]);
  });

  test('that is refused leaves everything as it was', () => {
    const world = aWorld({ held: [aHeld([aLine()])] });
    const [decision] = decide(world, anOrder([{ revision: 2, lines: [wanted({ quantity: 9 })] }]));
    expect(decision).toMatchObject({ outcome: 'refused', after: { status: 'reserved', revision: 2, version: 2, lines: [{ quantity: 3 }] } });
    expect(decide(world, other(1, [wanted({ id: l(2), quantity: 3 })]))).toMatchObject([{ outcome: 'refused' }]);
    expect(decide(world, other(2, [wanted({ id: l(2), quantity: 2 })]))).toMatchObject([{ outcome: 'accepted' }]);
  });

  test('keeps lines that ask for no more than they had, though reality fell below what is promised', () => {
    const repair = takenByMaintenance({ id: 'm', startsAt: now, expectedEndAt: null, quantity: 4 }, now);
    const world = aWorld({ stock: [aStock(), aStock({ id: 'amp' })], held: [aHeld([aLine()])], taken: [['sub', repair]] });
    expect(decide(world, anOrder([{ revision: 2, lines: [wanted(), wanted({ id: l(2), equipmentId: 'amp' })] }]))).toMatchObject([{ outcome: 'accepted' }]);
    expect(decide(world, anOrder([{ revision: 3, lines: [wanted({ quantity: 2 })] }]))).toMatchObject([{ outcome: 'accepted', after: { lines: [{ quantity: 2 }] } }]);
    expect(decide(world, anOrder([{ revision: 4, lines: [wanted({ quantity: 3 })] }]))).toMatchObject([{ outcome: 'refused' }]);
  });

  test('cannot drop, swap or shrink below it what is out', () => {
    const out = () => aWorld({ stock: [aStock(), aStock({ id: 'amp' })], held: [aHeld([aLine({ delivered: 2, outSince: now, status: 'reserved' })])] });
    for (const lines of [[], [wanted({ quantity: 1 })], [wanted({ equipmentId: 'amp' })], [wanted({ id: l(2), equipmentId: 'amp' })]]) {
      expect(decide(out(), anOrder([{ revision: 2, lines }]))).toMatchObject([{ outcome: 'refused', heldLineIds: [l(1)], after: { status: 'reserved' } }]);
    }
    expect(decide(out(), anOrder([{ revision: 2, lines: [wanted({ quantity: 2 })] }]))).toMatchObject([{ outcome: 'accepted', after: { status: 'delivered' } }]);
  });
});

describe('a cancellation', () => {
  test('is an order without lines: it frees everything', () => {
    const world = aWorld({ held: [aHeld([aLine({ quantity: 5 })])] });
    expect(decide(world, anOrder([{ revision: 2, lines: [] }]))).toMatchObject([{ outcome: 'accepted', after: { status: 'cancelled', lines: [{ status: 'cancelled' }] } }]);
    expect(decide(world, other(1, [wanted({ id: l(2), quantity: 5 })]))).toMatchObject([{ outcome: 'accepted' }]);
  });
  test('leaves what came back as it was', () => {
    const world = aWorld({ held: [aHeld([aLine({ delivered: 2, returned: 2, status: 'reserved' })])] });
    expect(decide(world, anOrder([{ revision: 2, lines: [] }]))).toMatchObject([{ outcome: 'accepted', after: { status: 'returned', lines: [{ status: 'returned' }] } }]);
  });
  test('that overtakes its request wins over it', () => {
    const world = aWorld();
    expect(decide(world, anOrder([{ revision: 2, lines: [] }]))).toMatchObject([{ outcome: 'accepted', after: { status: 'cancelled', version: 1 } }]);
    expect(decide(world, anOrder([{ revision: 1 }]))).toMatchObject([{ outcome: 'superseded', after: { status: 'cancelled', version: 2, revision: 2 } }]);
  });
});

test('an order decided before is not decided again', () => {
  const world = aWorld();
  decide(world, anOrder());
  expect(decide(world, anOrder())).toEqual([]);
});

describe('the status', () => {
  test('of a line follows what happened to it', () => {
    expect([
      lineStatus(aLine(), now), lineStatus(aLine({ delivered: 2 }), now),
      lineStatus(aLine({ delivered: 3 }), now), lineStatus(aLine({ delivered: 3, returned: 2, missing: 1 }), now),
      lineStatus(aLine({ delivered: 2, returned: 2 }), now), lineStatus(aLine({ delivered: 2, returned: 2 }), at(12)),
    ]).toEqual(['reserved', 'reserved', 'delivered', 'returned', 'reserved', 'returned']);
  });
  test('of a reservation is that of its least advanced line', () => {
    expect(reservationStatus([{ status: 'delivered' }, { status: 'reserved' }])).toBe('reserved');
    expect(reservationStatus([{ status: 'returned' }, { status: 'delivered' }, { status: 'rejected' }])).toBe('delivered');
    expect(reservationStatus([{ status: 'returned' }, { status: 'cancelled' }])).toBe('returned');
    expect([reservationStatus([]), reservationStatus([{ status: 'rejected' }])]).toEqual(['cancelled', 'rejected']);
  });
});
