import { describe, expect, test } from '@jest/globals';
import { checkDates, checkPeriod, overlaps } from './dates.ts';

const now = new Date('2026-03-01T00:00:00Z');
const dates = { installationAt: '2026-06-01T06:00:00Z', startAt: '2026-06-01T18:00:00Z', endAt: '2026-06-02T02:00:00Z', dismantlingAt: '2026-06-02T12:00:00Z' };

describe('an event’s dates', () => {
  test('may all be the same instant', () => expect(checkDates({ ...dates, installationAt: dates.startAt, endAt: dates.startAt, dismantlingAt: dates.startAt }, now)).toBeNull());
  test('are compared as instants, whatever their offsets', () => {
    expect(checkDates({ ...dates, startAt: '2026-06-01T07:30:00+02:00' }, now)).toMatchObject({ code: 'event.dates-out-of-order', extra: { errors: [{ pointer: '/startAt' }] } });
    expect(checkDates({ ...dates, startAt: '2026-06-01T08:00:00+02:00' }, now)).toBeNull();
  });
  test.each([
    ['installationAt', '2026-06-01T19:00:00Z', '/startAt'], ['endAt', '2026-06-01T17:00:00Z', '/endAt'],
    ['dismantlingAt', '2026-06-02T01:59:59Z', '/dismantlingAt'],
  ])('are refused when %s is out of order', (field, at, pointer) => {
    expect(checkDates({ ...dates, [field]: at }, now)).toMatchObject({ code: 'event.dates-out-of-order', extra: { errors: [{ pointer }] } });
  });
  test('span at most 366 days', () => {
    expect(checkDates({ ...dates, dismantlingAt: '2027-06-02T06:00:00Z' }, now)).toBeNull();
    expect(checkDates({ ...dates, dismantlingAt: '2027-06-02T06:00:01Z' }, now)).toMatchObject({ code: 'period.too-long' });
  });
  test('are within ten years', () => {
    const moved = (year: string) => Object.fromEntries(Object.entries(dates).map(([field, at]) => [field, at.replace('2026', year)])) as typeof dates;
    expect(checkDates(moved('2037'), now)).toMatchObject({ code: 'period.too-long', extra: { errors: [{ pointer: '/installationAt' }] } });
    expect(checkDates(moved('2015'), now)).toMatchObject({ code: 'period.too-long' });
  });
});

describe('a line’s period', () => {
  test('is not empty', () => expect(checkPeriod({ from: dates.startAt, to: dates.startAt }, now, '/lines/3'))
    .toMatchObject({ code: 'period.invalid', extra: { errors: [{ pointer: '/lines/3/to' }] } }));
  test('is not longer than an event may be', () =>
    expect(checkPeriod({ from: dates.startAt, to: '2027-08-01T00:00:00Z' }, now, '/lines/0')).toMatchObject({ code: 'period.too-long' }));
  test('does not clash with one it only touches', () => {
    const at = (from: string, to: string) => ({ from: `2026-06-01T${from}:00Z`, to: `2026-06-01T${to}:00Z` });
    expect(overlaps(at('08:00', '10:00'), at('10:00', '12:00'))).toBe(false);
    expect(overlaps(at('08:00', '10:01'), at('10:00', '12:00'))).toBe(true);
  });
});
