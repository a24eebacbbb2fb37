/** New dates of an event: do its reservations have to be decided first? */
import type { Event, Refusal } from '@regie/contracts';
import { datesDiffer, periodInvalid, wholeOf } from '../events/dates.ts';
import type { KeptEvent } from '../events/event.ts';
import { linesUndecided } from '../events/workflow.ts';
import { movedLines } from './lines.ts';
import { isUndecided, type KeptRequest } from './request.ts';
import type { Revision } from './settlement.ts';

/**
 * @param live the event's open reservations
 * @returns what to order from inventory before the event may move; nothing when it may at once
 */
export function moveOrders(
  { event: before, pendingDates }: KeptEvent, after: Event, live: readonly KeptRequest[],
): readonly Revision[] | Refusal<'event.lines-undecided' | 'period.invalid'> {
  if (!datesDiffer(before, after)) return [];
  const undecided = live.filter(isUndecided).map(({ id }) => id);
  const [from, to] = [wholeOf(before), wholeOf(after)];
  const moves = from.from !== to.from || from.to !== to.to;
  // Dates are checked together: those asked for could go wrong with others that changed meanwhile.
  if (pendingDates !== null || moves) {
    const wait = linesUndecided(undecided);
    if (wait) return wait;
  }
  const moving = moves ? live.filter(({ lines }) => lines.some((line) => line.moves)) : [];
  if (moving.length > 0 && Date.parse(to.to) <= Date.parse(to.from)) return periodInvalid('/dismantlingAt');
  return moving.map((request) => ({ request, allowPartial: false, lines: movedLines(request.lines, to) }));
}
