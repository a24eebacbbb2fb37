/** When an event is, and how long anything may last. Instants are RFC 3339; periods are half-open, so touching ones never clash. */
import { refuse, type Event, type Refusal } from '@regie/contracts';

const inOrder = ['installationAt', 'startAt', 'endAt', 'dismantlingAt'] as const;
export type Dates = Pick<Event, (typeof inOrder)[number]>;
export interface Period { readonly from: string; readonly to: string }

const dayMs = 86_400_000;
/** Days an event or a line may last: what is open for longer is said in parts. */
export const longestDays = 366;
/** Years from today, both ways. */
export const furthestYears = 10;

/** The same instant as it is kept: UTC, milliseconds. */
export const instant = (text: string): string => new Date(text).toISOString();

const isTooLong = ({ from, to }: Period): boolean => Date.parse(to) - Date.parse(from) > longestDays * dayMs;
const isTooFar = (at: string, now: Date): boolean => Math.abs(Date.parse(at) - now.getTime()) > furthestYears * 365.25 * dayMs;

const tooLong = (pointer: string): Refusal<'period.too-long'> => refuse('period.too-long', {
  en: `Keep it within ${longestDays} days, and within ${furthestYears} years from today.`,
  fr: `Restez dans la limite de ${longestDays} jours, et de ${furthestYears} ans à compter d’aujourd’hui.`,
}, { errors: [{ pointer, message: { en: 'too long or too far away', fr: 'trop long ou trop lointain' } }] });

/** Installation ≤ start ≤ end ≤ dismantling, not too long and not too far away. */
export function checkDates(dates: Dates, now: Date): Refusal<'event.dates-out-of-order' | 'period.too-long'> | null {
  const late = inOrder.find((field, index) => index > 0 && Date.parse(dates[field]) < Date.parse(dates[inOrder[index - 1]!]));
  if (late) {
    return refuse('event.dates-out-of-order', {
      en: 'Put the dates in order: installation, start, end, dismantling.', fr: 'Mettez les dates dans l’ordre : installation, début, fin, démontage.',
    },
      { errors: [{ pointer: `/${late}`, message: { en: 'before the date it follows', fr: 'avant la date qui la précède' } }] });
  }
  const far = inOrder.find((field) => isTooFar(dates[field], now));
  if (far) return tooLong(`/${far}`);
  return isTooLong({ from: dates.installationAt, to: dates.dismantlingAt }) ? tooLong('/dismantlingAt') : null;
}

/** A line's period ends after it starts, lasts not too long and is not too far away. @param pointer of the line */
export function checkPeriod(period: Period, now: Date, pointer: string): Refusal<'period.invalid' | 'period.too-long'> | null {
  const { from, to } = period;
  if (Date.parse(to) <= Date.parse(from)) return periodInvalid(`${pointer}/to`);
  return isTooLong(period) || isTooFar(from, now) || isTooFar(to, now) ? tooLong(`${pointer}/to`) : null;
}

export const periodInvalid = (pointer: string): Refusal<'period.invalid'> =>
  refuse('period.invalid', { en: 'Let the period end after it starts.', fr: 'La période doit finir après son début.' },
    { errors: [{ pointer, message: { en: 'not after the start', fr: 'pas après le début' } }] });

export const overlaps = (a: Period, b: Period): boolean => Date.parse(a.from) < Date.parse(b.to) && Date.parse(b.from) < Date.parse(a.to);

/** Did any of the four dates change? */
export const datesDiffer = (a: Dates, b: Dates): boolean => inOrder.some((field) => a[field] !== b[field]);
/** What lines without a period of their own take: from installation to dismantling. */
export const wholeOf = ({ installationAt, dismantlingAt }: Pick<Dates, 'installationAt' | 'dismantlingAt'>): Period => ({ from: installationAt, to: dismantlingAt });
