/** What is free: total less the peak of what is taken at any instant. Computed, never counted. */
import { refuse, type Refusal } from '@regie/contracts';
import { daysOf } from './days.ts';
import { isOutOfService, type Taken } from './taken.ts';
import { peak, segments, useOf } from './use.ts';

const dayMs = 86_400_000;
/** Longest period somebody may look at. */
export const longestView = 400 * dayMs;

/** @returns the period in milliseconds, or why it is none */
export function periodOf(from: string, to: string, longest = longestView): readonly [from: number, to: number] | Refusal<'period.invalid' | 'period.too-long'> {
  const period = [Date.parse(from), Date.parse(to)] as const;
  if (period[1] <= period[0]) return refuse('period.invalid', { en: 'A period ends after it starts.', fr: 'Une période finit après son début.' });
  if (period[1] - period[0] > longest) {
    const days = Math.floor(longest / dayMs);
    return refuse('period.too-long', { en: `Ask for ${days} days at most.`, fr: `Demandez ${days} jours au plus.` });
  }
  return period;
}

/** Pieces free over a whole period; 0 when reality fell below what is promised. */
export const freeOver = (total: number, taken: readonly Taken[], from: number, to: number): number => Math.max(0, total - peak(useOf(taken), from, to));

export interface Figures { readonly reserved: number; readonly outOfService: number }

/** What is promised or out, and what is out of service, at one instant. */
export function figuresAt(taken: readonly Taken[], at: number): Figures {
  let reserved = 0;
  let outOfService = 0;
  for (const one of taken) {
    if (one.from > at || (one.to !== null && one.to <= at)) continue;
    if (isOutOfService(one)) outOfService += one.quantity;
    else reserved += one.quantity;
  }
  return { reserved, outOfService };
}

export interface DayFigures extends Figures { readonly date: string; readonly free: number }

/** Each calendar day of a period: least free, most reserved and most out of service at any instant of it. */
export function dayByDay(total: number, taken: readonly Taken[], from: number, to: number, timeZone: string): DayFigures[] {
  const all = useOf(taken);
  const service = useOf(taken.filter(isOutOfService));
  const promised = useOf(taken.filter((one) => !isOutOfService(one)));
  return daysOf(from, to, timeZone).map(({ date, from: begins, to: ends }) =>
    ({ date, free: Math.max(0, total - peak(all, begins, ends)), reserved: peak(promised, begins, ends), outOfService: peak(service, begins, ends) }));
}

/** Free at every instant of a period. */
export const freeSegments = (total: number, taken: readonly Taken[], from: number, to: number): { from: number; to: number; free: number }[] =>
  segments(useOf(taken), from, to).map((part) => ({ from: part.from, to: part.to, free: Math.max(0, total - part.taken) }));
