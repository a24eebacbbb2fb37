import { expect, test } from '@jest/globals';
import type { Stock } from '../availability/stock.ts';
import { explain, questionsOf } from './explanation.ts';
import { decide } from './settlement.ts';
import { openShelf, useWithout, type ShelfLine } from './shelf.ts';
import { openWorld, promisedTo } from './world.ts';

const now = Date.UTC(2026, 5, 1);
const hour = 3_600_000;
const iso = (hours: number) => new Date(now + hours * hour).toISOString();
const idOf = (kind: string, n: number) => `00000000-0000-7000-8000-${kind}${String(n).padStart(11, '0')}`;
const stock: Stock = {
  id: 'sub', companyId: 'c', reference: 'EQ-SON-001', category: 'sound', subcategory: null, tracking: 'bulk', total: 5, archived: false, prepMs: 0, turnaroundMs: 0,
};
const promised = (n: number, reservation: number, event = 1): ShelfLine => ({
  id: idOf('a', n), reservationId: idOf('b', reservation), eventId: idOf('e', event), status: 'reserved', quantity: 5, delivered: 0, returned: 0, missing: 0, outSince: null,
  askedFrom: now + n * hour, askedTo: now + (n + 1) * hour, from: now + n * hour, to: now + (n + 1) * hour,
});
const orderOf = (reservation: number, event: number, asked: readonly { readonly from: number; readonly to: number; readonly quantity: number }[]) => ({
  settlementId: idOf('f', reservation), companyId: 'c', eventId: idOf('e', event),
  reservations: [{
    id: idOf('b', reservation), revision: 1, allowPartial: false, requestedBy: null,
    lines: asked.map(({ from, to, quantity }, n) => ({ id: idOf('d', reservation * 10 + n), equipmentId: 'sub', kitId: null, quantity, from: iso(from), to: iso(to) })),
  }],
});
/** The next dates that the lines of these orders are told, decided in one batch, and how often what is promised was looked up for them. */
function toldOf(lines: readonly ShelfLine[], orders: readonly ReturnType<typeof orderOf>[]) {
  const shelf = openShelf(stock, lines, [], now);
  const world = openWorld({ now, shelf: () => shelf, eventNames: new Map(), place: () => 1 });
  const looked = { promised: 0, without: 0 };
  const explained = explain(questionsOf(orders.flatMap((order) => decide(world, order)), () => stock), {
    now, candidates: () => [], hasAlready: () => false, eventNames: new Map(), use: () => shelf.use,
    promised: (eventId, equipmentId) => { looked.promised++; return promisedTo(world, eventId, equipmentId); },
    useWithout: (_, eventId, own) => { looked.without++; return useWithout(shelf, eventId, own, now); },
  });
  return { dates: [...explained.values()].map(({ nextFreeAt }) => nextFreeAt), looked };
}

test('what an equipment has is gone through once for all short lines of an order, and each is told its own next date', () => {
  // Ten hours that another event has, with gaps of one hour and of two, and behind them the order's own old line.
  const shelf = [...[10, 11, 12, 13, 14, 15, 17, 20, 21, 22].map((n) => promised(n, 1, 2)), promised(23, 2)];
  const { dates, looked } = toldOf(shelf, [orderOf(2, 1, [{ from: 10, to: 11, quantity: 5 }, { from: 11, to: 13, quantity: 5 }, { from: 13, to: 16, quantity: 5 }])]);
  expect(dates).toEqual([iso(16), iso(18), iso(23)]);
  expect(looked).toEqual({ promised: 1, without: 1 });
});

test('what was found for one order does not answer those behind it, of the same event or of another', () => {
  const shelf = [
    ...Array.from({ length: 10 }, (_, n) => promised(n + 10, 1, 3)),
    // The old lines of the first two orders, and what the last one's event has: of that pieces are free, but none for the same event.
    promised(20, 2), promised(21, 3), { ...promised(22, 4, 2), quantity: 1 },
  ];
  const { dates, looked } = toldOf(shelf, [
    orderOf(2, 1, [{ from: 12, to: 13, quantity: 5 }]), orderOf(3, 1, [{ from: 12, to: 13, quantity: 5 }]), orderOf(5, 2, [{ from: 12, to: 13, quantity: 2 }]),
  ]);
  expect(dates).toEqual([iso(20), iso(21), iso(23)]);
  expect(looked).toEqual({ promised: 2, without: 2 });
});
