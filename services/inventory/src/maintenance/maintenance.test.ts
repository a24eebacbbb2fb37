import { describe, expect, test } from '@jest/globals';
import type { Caller } from '@regie/contracts';
import type { Stock } from '../availability/stock.ts';
import { takenByLoss, takenByMaintenance } from '../availability/taken.ts';
import { settled, type Missed } from './loss.ts';
import { completed, mayWork, newRepair, plannedPeriod, quantityOf, takesUntil, type Repair } from './maintenance.ts';

const hour = 3_600_000, day = 24 * hour;
const now = Date.parse('2026-05-01T08:00:00Z');
const iso = (at: number) => new Date(at).toISOString();
const aRepair = (over: Partial<Repair> = {}): Repair =>
  ({ ...newRepair({ id: 'm', equipmentId: 'k2', quantity: 2, priority: 'medium', problem: 'Silent', startsAt: now, expectedEndAt: null }, now), ...over });
const aStock = (over: Partial<Stock> = {}): Stock =>
  ({ id: 'k2', companyId: 'c', reference: 'EQ-SON-001', category: 'sound', subcategory: null, tracking: 'bulk', total: 40, archived: false, prepMs: 0, turnaroundMs: 0, ...over });

describe('the period of a repair', () => {
  test('begins now and ends nobody knows when, unless it is said', () => {
    expect(plannedPeriod(undefined, undefined, now)).toEqual({ startsAt: now, expectedEndAt: null });
  });
  test('ends after it starts', () => {
    expect(plannedPeriod(iso(now), iso(now), now)).toMatchObject({ code: 'period.invalid' });
    expect(plannedPeriod(undefined, iso(now + 1), now)).toEqual({ startsAt: now, expectedEndAt: now + 1 });
  });
  test('lies within five years from now, and began a year ago at most', () => {
    expect(plannedPeriod(iso(now - 365 * day), undefined, now)).toMatchObject({ expectedEndAt: null });
    for (const start of [now - 367 * day, now + 1_831 * day]) expect(plannedPeriod(iso(start), undefined, now)).toMatchObject({ code: 'period.too-long' });
  });
});

describe('a quantity out of service', () => {
  const of = (asked: { quantity?: number; unitIds?: string[] }, stock = aStock(), taken = [] as Parameters<typeof quantityOf>[2]) => quantityOf(asked, stock, taken, now, null);
  test('is what is said, up to all there is', () => {
    expect([of({ quantity: 2 }), of({ quantity: 40 })]).toEqual([2, 40]);
    expect(of({ quantity: 41 })).toMatchObject({ code: 'request.invalid' });
  });
  test('is all that is in service when none is said', () => {
    expect(of({}, aStock(), [takenByMaintenance(aRepair({ quantity: 5 }), now), takenByLoss({ id: 'l', lostAt: now, quantity: 3 })])).toBe(32);
    expect(of({}, aStock({ total: 2 }), [takenByMaintenance(aRepair(), now)])).toMatchObject({ code: 'maintenance.state' });
  });
  test('of pieces tracked one by one names them, unless it is all of them', () => {
    const serialised = aStock({ tracking: 'serialised', total: 4 });
    expect(of({ quantity: 1 }, serialised)).toMatchObject({ code: 'maintenance.units-required' });
    expect([of({ unitIds: ['a', 'b'] }, serialised), of({ quantity: 4 }, serialised)]).toEqual([2, 4]);
    expect(of({ unitIds: ['a', 'b'], quantity: 3 }, serialised)).toMatchObject({ code: 'request.invalid' });
  });
});

test('a repair takes its pieces until its expected end, and for ever while it is overdue', () => {
  expect(takesUntil(aRepair({ expectedEndAt: now + hour }), now)).toBe(now + hour);
  expect(takesUntil(aRepair({ expectedEndAt: now + hour }), now + hour)).toBeNull();
});

test('a technician works on what is assigned to it, the warehouse on everything', () => {
  const somebody = (id: string, role: Caller['roles'][number]) => ({ id, roles: [role] }) as unknown as Caller;
  const assigned = aRepair({ technicianId: 'tom' });
  expect([mayWork(assigned, somebody('tom', 'technician')), mayWork(assigned, somebody('ada', 'maintenance'))]).toEqual([null, null]);
  for (const repair of [assigned, aRepair()]) expect(mayWork(repair, somebody('eve', 'technician'))).toMatchObject({ code: 'auth.forbidden' });
});

describe('a repair that is completed', () => {
  const end = { solution: 'Soldered', cost: null, scrapped: 0 };
  test('keeps the cost it had, unless another is said', () => {
    const cost = { amount: 900, currency: 'EUR' };
    expect(completed(aRepair({ cost }), end, now)).toMatchObject({ status: 'completed', cost, completedAt: now });
    expect(completed(aRepair({ cost }), { ...end, cost: { ...cost, amount: 5 } }, now)).toMatchObject({ cost: { amount: 5 } });
  });
  test('scraps no more than it took, and ends once', () => {
    expect(completed(aRepair(), { ...end, scrapped: 2 }, now)).toMatchObject({ status: 'completed' });
    expect(completed(aRepair(), { ...end, scrapped: 3 }, now)).toMatchObject({ code: 'request.invalid' });
    for (const status of ['completed', 'cancelled'] as const) expect(completed(aRepair({ status }), end, now)).toMatchObject({ code: 'maintenance.state' });
  });
});

test('a loss is found or written off once', () => {
  const loss = { status: 'open', settledAt: null } as Missed;
  const found = settled(loss, 'found', now) as Missed;
  expect(found).toMatchObject({ status: 'found', settledAt: now });
  expect(settled(found, 'written_off', now)).toMatchObject({ code: 'loss.state' });
});
