import { describe, expect, test } from '@jest/globals';
import type { Reservation } from '@regie/contracts';
import { changedLines, clashing, linesLeft, movedLines, newLines, type Line } from './lines.ts';

const at = (day: number, hour = 0) => new Date(Date.UTC(2026, 5, day, hour)).toISOString();
const whole = { from: at(1), to: at(3) };
let made = 0;
const making = { whole, now: new Date('2026-03-01T00:00:00Z'), newId: () => `new${++made}` };
const amps: Line = { id: 'amps', equipmentId: 'amp', kitId: null, quantity: 5, ...whole, moves: true };
const known = (over: Partial<Reservation['lines'][number]> = {}) => ({
  lines: [{
    id: 'amps', equipmentId: 'amp', kitId: null, quantity: 5, ...whole, status: 'reserved',
    delivered: 0, returned: 0, damaged: 0, missing: 0, late: false, atRisk: false, ...over,
  }],
}) as unknown as Reservation;

describe('new lines', () => {
  test('without a period take the event’s, and move with it', () =>
    expect(newLines([{ equipmentId: 'amp', quantity: 5 }], making)).toMatchObject([{ ...whole, moves: true, kitId: null }]));
  test('with half a period keep it, and do not move', () =>
    expect(newLines([{ equipmentId: 'amp', quantity: 5, from: '2026-06-02T02:00:00+02:00' }], making))
      .toMatchObject([{ from: at(2), to: at(3), moves: false }]));
  test('of one equipment may touch but not overlap', () => {
    const twice = (from: string) => newLines([{ equipmentId: 'amp', quantity: 1, from: at(1), to: at(2) }, { equipmentId: 'amp', quantity: 1, from, to: at(3) }], making);
    expect(twice(at(2))).toHaveLength(2);
    expect(twice(at(1, 23))).toMatchObject({ code: 'reservation.duplicate', extra: { errors: [{ pointer: '/lines/1/equipmentId' }] } });
  });
  test('of an event that lasts an instant need a period of their own', () => {
    expect(newLines([{ equipmentId: 'amp', quantity: 1 }], { ...making, whole: { from: at(1), to: at(1) } })).toMatchObject({ code: 'period.invalid' });
  });
});

describe('changed lines', () => {
  test('keep what is not said of them, and go on moving when their period is sent back as it was', () => {
    expect(changedLines([{ id: 'amps', quantity: 6 }], [amps], null, making)).toEqual([{ ...amps, quantity: 6 }]);
    expect(changedLines([{ id: 'amps', equipmentId: 'amp', quantity: 6, ...whole }], [amps], null, making)).toEqual([{ ...amps, quantity: 6 }]);
    expect(changedLines([{ id: 'amps', quantity: 5, to: at(4) }], [amps], null, making)).toEqual([{ ...amps, to: at(4), moves: false }]);
  });
  test('are named once', () =>
    expect(changedLines([{ id: 'amps', quantity: 1, to: at(2) }, { id: 'amps', quantity: 1, from: at(2) }], [amps], null, making))
      .toMatchObject({ code: 'not-found', extra: { errors: [{ pointer: '/lines/1/id' }] } }));
  test('can be dropped when nothing of them is out', () => {
    const other = [{ equipmentId: 'desk', quantity: 1 }];
    expect(changedLines(other, [amps], known(), making)).toMatchObject([{ equipmentId: 'desk' }]);
    expect(changedLines(other, [amps], known({ delivered: 2, returned: 2 }), making)).toMatchObject([{ equipmentId: 'desk' }]);
    expect(changedLines(other, [amps], known({ delivered: 2, returned: 1 }), making)).toMatchObject({ code: 'reservation.state' });
  });
  test('cannot shrink below what was handed out', () => {
    expect(changedLines([{ id: 'amps', quantity: 2 }], [amps], known({ delivered: 2 }), making)).toMatchObject([{ quantity: 2 }]);
    expect(changedLines([{ id: 'amps', quantity: 1 }], [amps], known({ delivered: 2 }), making)).toMatchObject({ code: 'reservation.state', extra: { lineId: 'amps' } });
  });
});

describe('lines of one event', () => {
  test('clash with the same equipment of another reservation at the same time', () => {
    const other = { ...amps, requestId: 'r2' };
    expect(clashing([amps], [other])).toMatchObject({ code: 'reservation.duplicate', extra: { blocking: ['r2'], errors: [{ pointer: '/lines/0/equipmentId' }] } });
    expect(clashing([amps], [{ ...other, from: whole.to, to: at(4) }])).toBeNull();
    expect(clashing([{ ...amps, equipmentId: 'desk' }], [other])).toBeNull();
  });
  test('move with it unless they have a period of their own', () => {
    const own = { ...amps, id: 'own', moves: false };
    const later = { from: at(11), to: at(13) };
    expect(movedLines([amps, own], later)).toEqual([{ ...amps, ...later }, own]);
  });
  test('stay, when it is cancelled, as far as pieces of them are out', () => {
    expect(linesLeft([amps], null)).toEqual([]);
    expect(linesLeft([amps], known())).toEqual([]);
    expect(linesLeft([amps], known({ delivered: 3, returned: 3 }))).toEqual([]);
    expect(linesLeft([amps], known({ delivered: 3, returned: 1 }))).toEqual([{ ...amps, quantity: 3 }]);
  });
});
