import { describe, expect, test } from '@jest/globals';
import type { Reservation } from '@regie/contracts';
import type { KeptEvent } from '../events/event.ts';
import { moveOrders } from './dates-move.ts';
import type { Line } from './lines.ts';
import { cancellation, requestView, unchangeable, versionOf, type KeptRequest } from './request.ts';
import { outcomeOf, verdictOf, type Decision, type Settlement } from './settlement.ts';

const at = (day: number) => new Date(Date.UTC(2026, 5, day)).toISOString();
const line: Line = { id: 'l', equipmentId: 'amp', kitId: null, quantity: 5, from: at(1), to: at(3), moves: true };
const state = (status: Reservation['status'] = 'reserved', delivered = 0): Reservation => ({
  id: 'r', eventId: 'e', status,
  lines: [{
    id: 'l', equipmentId: 'amp', kitId: null, quantity: 5, from: at(1), to: at(3),
    status: 'reserved', delivered, returned: 0, damaged: 0, missing: 0, late: false, atRisk: false,
  }],
  shortages: [], requestedBy: 'ana', decidedAt: at(1), createdAt: at(1), updatedAt: at(1),
});
const request = (over: Partial<KeptRequest> = {}): KeptRequest => ({
  id: 'r', eventId: 'e', revision: 1, decided: 1, allowPartial: false, settlementId: 's', requestedBy: 'ana',
  createdAt: at(1), updatedAt: at(1), state: state(), sequence: 1, out: 0, lines: [line], ...over,
});
const decision = (over: Partial<Decision> = {}): Decision =>
  ({ outcome: 'accepted', shortages: [], unknownEquipmentIds: [], duplicateEquipmentIds: [], equipmentIds: ['amp', 'desk'], ...over });
const kept = (over: Partial<KeptEvent['event']> = {}, pendingDates: string | null = null) =>
  ({
    event: { id: 'e', status: 'planned', archivedAt: null, installationAt: at(1), startAt: at(2), endAt: at(2), dismantlingAt: at(3), ...over },
    version: 4, pendingDates,
  }) as KeptEvent;
const settlement = (over: Partial<Settlement> = {}): Settlement =>
  ({ id: 's', companyId: 'c', kind: 'request', language: 'en', verdict: 'accepted', decisions: [decision()], about: { request: request() }, ...over });
const shortage = { equipmentId: 'amp', requested: 5, available: 2, reasons: [], nextFreeAt: null, alternatives: [] };

describe('a settlement ends', () => {
  test('when all its reservations are decided', () => expect(verdictOf('dates', ['accepted', null])).toBeNull());
  test('as its one reservation does', () => {
    for (const outcome of ['accepted', 'refused', 'superseded'] as const) expect(verdictOf('change', [outcome])).toBe(outcome);
  });
  test('with new dates refused when one reservation refuses, and not by one that was cancelled meanwhile', () => {
    expect(verdictOf('dates', ['accepted', 'refused'])).toBe('refused');
    expect(verdictOf('dates', ['accepted', 'superseded'])).toBe('accepted');
    expect(verdictOf('dates', ['superseded'])).toBe('accepted');
  });
});

describe('its answer', () => {
  test('is 202 with what was asked while it is undecided', () => {
    const undecided = request({ decided: 0, state: null, sequence: 0 });
    expect(outcomeOf(settlement({ verdict: null, about: { request: undecided } })))
      .toMatchObject({ status: 202, settles: 's', location: '/api/events/e/reservations/r', body: { status: 'requested' } });
  });
  test('of a request is 201 with its place, of a change 200, of a cancellation 204', () => {
    expect(outcomeOf(settlement())).toMatchObject({ status: 201, location: '/api/events/e/reservations/r', version: 3, body: { status: 'reserved' } });
    expect(outcomeOf(settlement({ kind: 'change' }))).toMatchObject({ status: 200, body: { status: 'reserved' } });
    expect(outcomeOf(settlement({ kind: 'cancel' }))).toMatchObject({ status: 204, body: null });
  });
  test('of a refusal says why: unknown, there already, or short', () => {
    const refused = (over: Partial<Decision>, more: Partial<Settlement> = {}) =>
      outcomeOf(settlement({ verdict: 'refused', decisions: [decision({ outcome: 'refused', ...over })], ...more }));
    expect(refused({ unknownEquipmentIds: ['desk'] })).toMatchObject({ code: 'not-found', extra: { errors: [{ pointer: '/lines/1/equipmentId' }] } });
    expect(refused({ duplicateEquipmentIds: ['amp'] })).toMatchObject({ code: 'reservation.duplicate', extra: { errors: [{ pointer: '/lines/0/equipmentId' }] } });
    expect(refused({ shortages: [shortage] })).toMatchObject({ code: 'reservation.unavailable', extra: { shortages: [shortage] } });
    expect(refused({})).toMatchObject({ code: 'reservation.state' });
    expect(refused({ shortages: [shortage] }, { kind: 'dates', about: { event: kept() } })).toMatchObject({ code: 'event.dates-unavailable', extra: { shortages: [shortage] } });
  });
  test('of what was overtaken is a conflict', () => {
    expect(outcomeOf(settlement({ verdict: 'superseded' }))).toMatchObject({ code: 'reservation.state' });
    expect(outcomeOf(settlement({ kind: 'dates', verdict: 'superseded', about: { event: kept({ status: 'cancelled' }) } })))
      .toMatchObject({ code: 'event.state', extra: { state: 'cancelled' } });
  });
  test('of new dates is the event', () => {
    expect(outcomeOf(settlement({ kind: 'dates', about: { event: kept() } }))).toMatchObject({ status: 200, version: 4, body: { id: 'e' } });
    expect(outcomeOf(settlement({ kind: 'dates', verdict: null, about: { event: kept() } }))).toMatchObject({ status: 202, location: '/api/events/e' });
  });
});

describe('a reservation', () => {
  test('is shown as inventory has it once it is decided', () => expect(requestView(request())).toEqual(state()));
  test('is shown as it was asked while something is undecided; what stands is told apart', () => {
    const added: Line = { ...line, id: 'n', equipmentId: 'desk' };
    expect(requestView(request({ revision: 2, lines: [line, added], state: state('reserved', 2) })))
      .toMatchObject({ status: 'requested', lines: [{ id: 'l', status: 'reserved', delivered: 2 }, { id: 'n', status: 'requested', delivered: 0 }] });
    expect(requestView(request({ revision: 2, lines: [] }))).toMatchObject({ status: 'requested', lines: [{ id: 'l' }] });
  });
  test('has a version that rises with a question, a decision and a hand-out', () => {
    expect([request({ decided: 0, sequence: 0 }), request(), request({ sequence: 2 }), request({ sequence: 2, revision: 2 })].map(versionOf)).toEqual([1, 3, 4, 5]);
  });
  test('is changed while it lives and is not being cancelled', () => {
    expect(unchangeable(request())).toBeNull();
    expect(unchangeable(request({ revision: 2, lines: [] }))).toMatchObject({ code: 'reservation.state' });
    for (const status of ['rejected', 'cancelled', 'returned'] as const)
      expect(unchangeable(request({ state: state(status) }))).toMatchObject({ code: 'reservation.state', extra: { state: status } });
  });
  test('is cancelled once, and not with pieces out', () => {
    expect(cancellation(request())).toBe('order');
    expect(cancellation(request({ revision: 2, lines: [] }))).toBe('asked');
    expect(cancellation(request({ state: state('cancelled') }))).toBe('done');
    expect(cancellation(request({ out: 2 }))).toMatchObject({ code: 'reservation.state', extra: { out: 2 } });
    expect(cancellation(request({ state: state('rejected') }))).toMatchObject({ code: 'reservation.state' });
  });
});

describe('new dates', () => {
  const later = kept({ installationAt: at(11), startAt: at(12), endAt: at(12), dismantlingAt: at(13) }).event;
  test('order what moves with the event', () => {
    expect(moveOrders(kept(), later, [request(), request({ id: 'own', lines: [{ ...line, moves: false }] })]))
      .toMatchObject([{ request: { id: 'r' }, lines: [{ from: at(11), to: at(13) }] }]);
    expect(moveOrders(kept(), later, [])).toEqual([]);
  });
  test('order nothing when only the show moves', () => expect(moveOrders(kept(), kept({ startAt: at(1) }).event, [request({ decided: 0 })])).toEqual([]));
  test('wait for reservations that are undecided, and for other new dates', () => {
    expect(moveOrders(kept(), later, [request({ decided: 0 })])).toMatchObject({ code: 'event.lines-undecided', extra: { blocking: ['r'] } });
    expect(moveOrders(kept({}, 's'), kept({ startAt: at(1) }).event, [request({ revision: 2 })])).toMatchObject({ code: 'event.lines-undecided' });
  });
  test('leave lines a time to be in', () =>
    expect(moveOrders(kept(), kept({ installationAt: at(3), startAt: at(3), endAt: at(3), dismantlingAt: at(3) }).event, [request()]))
      .toMatchObject({ code: 'period.invalid' }));
});
