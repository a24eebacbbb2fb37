/** May equipment be asked for, for this event, as it stands? */
import type { Refusal } from '@regie/contracts';
import { wholeOf } from '../events/dates.ts';
import { isOpen, notOpen, type EventToFill } from '../events/event.ts';
import { linesUndecided } from '../events/workflow.ts';
import { clashing, newLines, type Line, type Making } from './lines.ts';

/** A line of another reservation of the event. */
export type OtherLine = Line & { readonly requestId: string };

/** An event and what is asked for it already; it grows while requests are accepted one after the other. */
export interface Standing {
  readonly event: EventToFill;
  /** Requests that are not decided; only asked when its new dates are not. */
  readonly undecided: string[];
  /** Lines of its reservations, by their equipment. */
  readonly lines: Map<string, OtherLine[]>;
}

export const standingOf = (event: EventToFill, lines: readonly OtherLine[], undecided: readonly string[]): Standing =>
  ({ event, undecided: [...undecided], lines: Map.groupBy(lines, ({ equipmentId }) => equipmentId) });

type Wrong = Exclude<ReturnType<typeof newLines>, readonly Line[]> | Refusal<'event.state' | 'event.lines-undecided' | 'reservation.duplicate'>;

/** The event takes reservations: it is open, and its dates stand. Lines made while others are decided would not move with them. */
export const takesRequests = ({ event, pendingDates }: EventToFill, undecided: readonly string[]): Refusal<'event.state' | 'event.lines-undecided'> | null =>
  isOpen(event) ? (pendingDates === null ? null : linesUndecided(undecided)) : notOpen();

/** The lines of a new request, or why it cannot be one. */
export function acceptedLines({ event, undecided, lines: standing }: Standing, asked: Parameters<typeof newLines>[0], making: Omit<Making, 'whole'>): readonly Line[] | Wrong {
  const closed = takesRequests(event, undecided);
  if (closed) return closed;
  const lines = newLines(asked, { ...making, whole: wholeOf(event.event) });
  if ('code' in lines) return lines;
  const others = [...new Set(lines.map(({ equipmentId }) => equipmentId))].flatMap((equipmentId) => standing.get(equipmentId) ?? []);
  return clashing(lines, others) ?? lines;
}

/** A request was accepted: the next one finds it there. */
export function addRequest({ undecided, lines: standing }: Standing, requestId: string, lines: readonly Line[]): void {
  undecided.push(requestId);
  for (const line of lines) {
    const same = standing.get(line.equipmentId);
    if (same) same.push({ ...line, requestId });
    else standing.set(line.equipmentId, [{ ...line, requestId }]);
  }
}
