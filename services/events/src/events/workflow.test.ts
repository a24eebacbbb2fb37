import { describe, expect, test } from '@jest/globals';
import { isRefusal, type Event } from '@regie/contracts';
import { archived, cancelled, completed, started } from './workflow.ts';

const event = (over: Partial<Event> = {}) => ({ id: 'e', status: 'planned', archivedAt: null, cancelReason: null, ...over }) as Event;
const clear = { undecided: [], out: [] };
const now = new Date('2026-03-01T00:00:00Z');

describe('an event starts', () => {
  test('when it is planned', () => expect(started(event(), clear, {})).toMatchObject({ status: 'in_progress' }));
  test.each(['in_progress', 'completed', 'cancelled'] as const)('not when it is %s', (status) =>
    expect(started(event({ status }), clear, {})).toMatchObject({ code: 'event.state' }));
  test('not when it is archived', () => expect(started(event({ archivedAt: now.toISOString() }), clear, {})).toMatchObject({ code: 'event.state' }));
  test('not while a line is undecided, and says which', () =>
    expect(started(event(), { undecided: ['r'], out: [] }, {})).toMatchObject({ code: 'event.lines-undecided', extra: { blocking: ['r'] } }));
  test('all the same with force and a reason', () =>
    expect(started(event(), { undecided: ['r'], out: [] }, { force: true, reason: 'doors open' })).toMatchObject({ status: 'in_progress' }));
  test('with force and no reason never', () => expect(started(event(), clear, { force: true })).toMatchObject({ code: 'force.reason-missing' }));
});

describe('an event completes', () => {
  const running = event({ status: 'in_progress' });
  test('when it runs', () => expect(completed(running, clear, {})).toMatchObject({ status: 'completed' }));
  test('not straight from planned', () => expect(completed(event(), clear, {})).toMatchObject({ code: 'event.state' }));
  test('not while items are out, but with force and a reason', () => {
    expect(completed(running, { undecided: [], out: ['r'] }, {})).toMatchObject({ code: 'event.items-out', extra: { blocking: ['r'] } });
    expect(completed(running, { undecided: [], out: ['r'] }, { force: true, reason: 'lost at sea' })).toMatchObject({ status: 'completed' });
  });
});

describe('an event is cancelled', () => {
  test('while it is planned or runs, with what is not decided', () => {
    expect(cancelled(event(), { undecided: ['r'], out: [] }, { reason: 'rain' })).toMatchObject({ status: 'cancelled', cancelReason: 'rain' });
    expect(cancelled(event({ status: 'in_progress' }), clear, {})).toMatchObject({ status: 'cancelled', cancelReason: null });
  });
  test('not twice', () => expect(isRefusal(cancelled(event({ status: 'cancelled' }), clear, {}))).toBe(true));
  test('with items out only by force', () => expect(cancelled(event(), { undecided: [], out: ['r'] }, {})).toMatchObject({ code: 'event.items-out' }));
});

describe('an event is archived', () => {
  test('when it is planned and nothing is reserved', () => expect(archived(event(), [], now)).toMatchObject({ archivedAt: now.toISOString() }));
  test('not with open reservations', () => expect(archived(event(), ['r'], now)).toMatchObject({ code: 'event.in-use', extra: { blocking: ['r'] } }));
  test('not when it has begun', () => expect(archived(event({ status: 'completed' }), [], now)).toMatchObject({ code: 'event.state' }));
});
