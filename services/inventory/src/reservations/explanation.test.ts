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
const promised = (n: number, reservation: number): ShelfLine => ({
  id: idOf('a', n), reservationId: idOf('b', reservation), eventId: idOf('e', 1), status: 'reserved', quantity: 5, delivered: 0, returned: 0, missing: 0, outSince: null,
  askedFrom: now + n * hour, askedTo: now + (n + 1) * hour, from: now + n * hour, to: now + (n + 1) * hour,
});

test('what an equipment has is gone through once for all short lines of an order, and each is told its own next date', () => {
  // Ten hours of another event's reservation, of which its own old line is the eleventh.
  const shelf = openShelf(stock, [...Array.from({ length: 10 }, (_, n) => ({ ...promised(n + 10, 1), eventId: idOf('e', 2) })), promised(20, 2)], [], now);
  const world = openWorld({ now, shelf: () => shelf, eventNames: new Map(), place: () => 1 });
  const order = {
    settlementId: idOf('f', 1), companyId: 'c', eventId: idOf('e', 1),
    reservations: [{
      id: idOf('b', 2), revision: 1, allowPartial: false, requestedBy: null,
      lines: [12, 14, 16].map((from, n) => ({ id: idOf('d', n), equipmentId: 'sub', kitId: null, quantity: 5, from: iso(from), to: iso(from + 1) })),
    }],
  };
  const looked = { promised: 0, without: 0 };
  const explained = explain(questionsOf(decide(world, order), () => stock), {
    now, candidates: () => [], hasAlready: () => false, eventNames: new Map(), use: () => shelf.use,
    promised: (eventId, equipmentId) => { looked.promised++; return promisedTo(world, eventId, equipmentId); },
    useWithout: (_, eventId, own) => { looked.without++; return useWithout(shelf, eventId, own, now); },
  });
  expect([...explained.values()].map(({ nextFreeAt }) => nextFreeAt)).toEqual([iso(20), iso(20), iso(20)]);
  expect(looked).toEqual({ promised: 1, without: 1 });
});
