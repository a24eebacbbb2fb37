import { expect, test } from '@jest/globals';
import { changedFields, checkItem, checkTotal, itemOf, patched, pieceCode, referenceOf, type Creation, type Item } from './equipment.ts';
import { standingOf, statusChanges, statusOf, type Standing } from './status.ts';

const anItem = (over: Partial<Item> = {}, creation: Partial<Creation> = {}): Item =>
  ({ ...itemOf({ name: 'K2', category: 'sound', quantityTotal: 4, ...creation }, { id: 'k2', reference: 'EQ-SON-001', now: new Date('2026-05-01T08:00:00Z') }), ...over });
const euros = (amount: number) => ({ amount, currency: 'EUR' });
const dollars = (amount: number) => ({ amount, currency: 'USD' });

test('a reference has at least three digits, and 1000 follows 999', () => {
  expect([1, 42, 999, 1000].map((number) => referenceOf('SON', number))).toEqual(['EQ-SON-001', 'EQ-SON-042', 'EQ-SON-999', 'EQ-SON-1000']);
  expect(pieceCode('EQ-SON-001', 7)).toBe('EQ-SON-001-007');
});

test('what is not said of new equipment is null, zero or in bulk', () => {
  expect(anItem()).toMatchObject({ tracking: 'bulk', brand: null, dailyRate: null, accessoryIds: [], prepMinutes: 0, archivedAt: null });
});

test('all amounts of one equipment are in one currency', () => {
  expect(checkItem(anItem({ dailyRate: euros(100), purchasePrice: euros(9000) }))).toBeNull();
  expect(checkItem(anItem({ dailyRate: euros(100), replacementValue: dollars(9000) }))).toMatchObject({ code: 'money.currency-mismatch' });
});

test('a degressive rate has one coefficient for each number of days', () => {
  const tier = { days: 3, coefficient: 2 };
  expect(checkItem(anItem({ degressive: { tiers: [tier], extraDay: 0.5 } }))).toBeNull();
  expect(checkItem(anItem({ degressive: { tiers: [tier, { ...tier, coefficient: 3 }], extraDay: 0.5 } }))).toMatchObject({ code: 'request.invalid' });
});

test('an equipment is not its own accessory', () => {
  expect(checkItem(anItem({ accessoryIds: ['x', 'k2'] }))).toMatchObject({ code: 'request.invalid', extra: { errors: [{ pointer: '/accessoryIds/1' }] } });
});

test('pieces counted one by one are not taken away by a number', () => {
  const serialised = anItem({ tracking: 'serialised' });
  expect(checkTotal(serialised, 3)).toMatchObject({ code: 'maintenance.units-required' });
  expect(checkTotal(serialised, 5)).toBeNull();
  expect(checkTotal(anItem(), 0)).toBeNull();
  expect(checkItem(anItem({ tracking: 'serialised', quantityTotal: 10_001 }))).toMatchObject({ code: 'request.invalid' });
});

test('a patch merges: what is not sent stays, null clears, and fields in another order are no change', () => {
  const before = anItem({ brand: 'L-Acoustics', dimensionsMm: { l: 1, w: 2, h: 3 }, specs: { a: 1, b: 'x' } });
  expect(patched(before, { brand: null })).toEqual({ ...before, brand: null });
  const same = patched(before, { dimensionsMm: { h: 3, w: 2, l: 1 }, specs: { b: 'x', a: 1 }, brand: 'L-Acoustics' });
  expect(changedFields(before, same)).toEqual([]);
  expect(changedFields(before, patched(before, { name: 'K3', quantityTotal: 5 }))).toEqual(['name', 'quantityTotal']);
});

const stocked = (quantityTotal: number, archived = false) => ({ quantityTotal, archived });
const rows: [string, Parameters<typeof standingOf>, Standing][] = [
  ['is available while a piece is', [stocked(40), { reserved: 30, outOfService: 9 }], { status: 'available', quantity: 1 }],
  ['is in maintenance when none is left and nothing is promised or out', [stocked(2), { reserved: 0, outOfService: 2 }], { status: 'in_maintenance', quantity: 0 }],
  ['is on rental when none is left and something is promised or out', [stocked(2), { reserved: 1, outOfService: 1 }], { status: 'on_rental', quantity: 0 }],
  ['never shows less than none', [stocked(2), { reserved: 3, outOfService: 1 }], { status: 'on_rental', quantity: 0 }],
  ['is retired when archived, whatever there is', [stocked(2, true), { reserved: 0, outOfService: 0 }], { status: 'retired', quantity: 0 }],
];
test.each(rows)('equipment %s', (_, [of, figures], standing) => {
  expect(standingOf(of, figures)).toEqual(standing);
  expect(statusOf(of, figures)).toBe(standing.status);
});

test('history has a line when the status or the number available became another, and one for the beginning', () => {
  const before = new Map<string, Standing>([['a', { status: 'available', quantity: 4 }], ['b', { status: 'available', quantity: 4 }], ['c', { status: 'available', quantity: 1 }]]);
  const after = new Map<string, Standing>([
    ['a', { status: 'available', quantity: 4 }], ['b', { status: 'available', quantity: 3 }],
    ['c', { status: 'on_rental', quantity: 0 }], ['d', { status: 'available', quantity: 9 }],
  ]);
  expect(statusChanges(before, after)).toEqual([
    { equipmentId: 'b', from: 'available', to: 'available', quantity: 3 },
    { equipmentId: 'c', from: 'available', to: 'on_rental', quantity: 0 }, { equipmentId: 'd', from: null, to: 'available', quantity: 9 },
  ]);
});
