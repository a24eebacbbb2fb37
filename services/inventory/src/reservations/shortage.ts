/**
 * What happens to promises when reality falls below them: the exact excess is short, newest decisions first.
 * What is out, in repair or lost is a fact and comes first; then promises in the order they were decided, each as far as it fits.
 */
import { takenByLine, type Taken } from '../availability/taken.ts';
import { peak, take, useOf } from '../availability/use.ts';
import { isTaking, type Line } from './reservation.ts';

export interface Short { readonly lineId: string; readonly quantity: number }

/** Promised and still to be handed out. */
const pendingOf = (line: Line, now: number): number => (isTaking(line) && now < line.askedTo ? line.quantity - line.delivered : 0);

/**
 * @param lines of one equipment, whatever their order
 * @param outOfService repairs and losses of it
 * @param now what is over cannot be short any more
 */
export function shortagesOf(total: number, lines: readonly Line[], outOfService: readonly Taken[], now: number): Short[] {
  const out = lines.flatMap((line) => takenByLine({ ...line, quantity: line.delivered }, now));
  const use = useOf([...outOfService, ...out]);
  const shorts: Short[] = [];
  for (const line of lines.toSorted((a, b) => a.decidedSeq - b.decidedSeq)) {
    const pending = pendingOf(line, now);
    if (pending === 0) continue;
    const from = Math.max(line.from, now);
    const kept = Math.min(pending, Math.max(0, total - peak(use, from, line.to)));
    if (kept > 0) take(use, from, line.to, kept);
    if (kept < pending) shorts.push({ lineId: line.id, quantity: pending - kept });
  }
  return shorts;
}

/**
 * The next instant at which time alone changes who is short, while somebody is:
 * what was not handed out by its end is free then, whatever turnaround was planned after it.
 */
export function nextLook(lines: readonly Line[], now: number): number | null {
  const ends = lines.filter((line) => pendingOf(line, now) > 0).map(({ askedTo }) => askedTo);
  return ends.length === 0 ? null : Math.min(...ends);
}
