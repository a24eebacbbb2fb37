import { describe, expect, test } from '@jest/globals';
import { isRefusal } from '@regie/contracts';
import { dayByDay, figuresAt, freeOver, freeSegments, periodOf } from './availability.ts';
import { daysOf } from './days.ts';
import { takenByLine, takenByLoss, takenByMaintenance, type TakingLine } from './taken.ts';

const at = (day: number, hour = 0) => Date.UTC(2026, 5, day, hour);
const aLine = (over: Partial<TakingLine> = {}): TakingLine =>
  ({
    id: 'l', reservationId: 'r', eventId: 'e', status: 'reserved', quantity: 5, delivered: 0,
    returned: 0, missing: 0, from: at(10), to: at(12), askedTo: at(12), outSince: null, ...over,
  });
const before = at(1);
const free = (line: TakingLine, from: number, to: number, now = before) => freeOver(5, takenByLine(line, now), from, to);

describe('what a line takes', () => {
  test('its pieces for its period, and nothing before or after', () => {
    expect([free(aLine(), at(9), at(10)), free(aLine(), at(11), at(13)), free(aLine(), at(12), at(14))]).toEqual([5, 0, 5]);
  });

  test('preparation and turnaround too', () => {
    const line = aLine({ from: at(9), to: at(13) });
    expect([free(line, at(9), at(10)), free(line, at(12), at(13))]).toEqual([0, 0]);
  });

  test('pieces handed out early from the instant they left', () => {
    const line = aLine({ delivered: 2, outSince: at(8) });
    expect([free(line, at(7), at(8)), free(line, at(8), at(10), at(8)), free(line, at(10), at(12), at(8))]).toEqual([5, 3, 0]);
  });

  test('what came back frees the rest of the period', () => {
    expect(free(aLine({ status: 'delivered', delivered: 5, returned: 3, outSince: at(10) }), at(11), at(12), at(11))).toBe(3);
  });

  test('late pieces until they are back, however far one looks', () => {
    const line = aLine({ status: 'delivered', delivered: 5, returned: 3, outSince: at(10) });
    expect([free(line, at(20), at(21), at(12)), free(line, at(20), at(21), at(11))]).toEqual([3, 5]);
    expect(takenByLine(line, at(13))).toMatchObject([{ kind: 'late', to: null, quantity: 2 }]);
  });

  test('what was never handed out is free after the end, turnaround or not', () => {
    const line = aLine({ to: at(13), askedTo: at(12) });
    expect([free(line, at(12), at(13), at(11)), free(line, at(12), at(13), at(12))]).toEqual([0, 5]);
  });

  test('nothing once it is cancelled, refused or returned', () => {
    for (const status of ['cancelled', 'rejected', 'returned']) expect(free(aLine({ status }), at(10), at(12))).toBe(5);
  });
});

describe('repairs and losses', () => {
  test('of 2 of 40 leave 38', () => {
    expect(freeOver(40, [takenByMaintenance({ id: 'm', startsAt: at(1), expectedEndAt: null, quantity: 2 }, before)], at(5), at(6))).toBe(38);
  });
  test('are planned to their expected end, and beyond once that has passed', () => {
    const repair = { id: 'm', startsAt: at(1), expectedEndAt: at(3), quantity: 2 };
    expect(freeOver(5, [takenByMaintenance(repair, at(2))], at(3), at(4))).toBe(5);
    expect(freeOver(5, [takenByMaintenance(repair, at(3))], at(3), at(4))).toBe(3);
  });
  test('count as out of service, promises as reserved', () => {
    const taken = [
      ...takenByLine(aLine(), at(10)), takenByMaintenance({ id: 'm', startsAt: at(1), expectedEndAt: null, quantity: 2 }, at(10)),
      takenByLoss({ id: 'x', lostAt: at(2), quantity: 1 }),
    ];
    expect(figuresAt(taken, at(10))).toEqual({ reserved: 5, outOfService: 3 });
    expect(figuresAt(taken, at(12))).toEqual({ reserved: 0, outOfService: 3 });
  });
});

describe('a view of a period', () => {
  test('is cut where what is free changes', () => {
    expect(freeSegments(5, takenByLine(aLine({ quantity: 2 }), before), at(9), at(13))).toEqual([
      { from: at(9), to: at(10), free: 5 }, { from: at(10), to: at(12), free: 3 }, { from: at(12), to: at(13), free: 5 },
    ]);
  });
  test('shows for each day the least that is free', () => {
    const days = dayByDay(5, takenByLine(aLine({ quantity: 2, from: at(10, 20), to: at(11, 2) }), before), at(9), at(12), 'UTC');
    expect(days).toEqual([
      { date: '2026-06-09', free: 5, reserved: 0, outOfService: 0 },
      { date: '2026-06-10', free: 3, reserved: 2, outOfService: 0 }, { date: '2026-06-11', free: 3, reserved: 2, outOfService: 0 },
    ]);
  });
  test('must end after it starts and not be endless', () => {
    const refusal = periodOf('2026-06-01T00:00:00Z', '2026-06-01T00:00:00Z');
    expect(isRefusal(refusal) && refusal.code).toBe('period.invalid');
    const long = periodOf('2026-06-01T00:00:00Z', '2036-06-01T00:00:00Z');
    expect(isRefusal(long) && long.code).toBe('period.too-long');
  });
});

describe('calendar days', () => {
  test('are those of the wall clock, of 23 and 25 hours in the nights of a clock change', () => {
    const spring = daysOf(Date.parse('2026-03-28T12:00:00Z'), Date.parse('2026-03-30T12:00:00Z'), 'Europe/Paris');
    expect(spring.map(({ date }) => date)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
    expect((spring[1]!.to - spring[1]!.from) / 3_600_000).toBe(23);
    const autumn = daysOf(Date.parse('2026-10-24T22:00:00Z'), Date.parse('2026-10-25T23:00:00Z'), 'Europe/Paris');
    expect(autumn.map(({ from, to }) => (to - from) / 3_600_000)).toEqual([25]);
  });
  test('begin where midnight is skipped with the first instant there is', () => {
    const [, day] = daysOf(Date.parse('2026-09-05T12:00:00Z'), Date.parse('2026-09-07T12:00:00Z'), 'America/Santiago');
    expect(day).toMatchObject({ date: '2026-09-06' });
    expect((day!.to - day!.from) / 3_600_000).toBe(23);
  });
});
