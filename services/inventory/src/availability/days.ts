/** Calendar days of a period in a time zone: 23 or 25 hours long where the clock changes. */

export interface CalendarDay { readonly date: string; readonly from: number; readonly to: number }

const formats = new Map<string, Intl.DateTimeFormat>();

/** The date and time of day a clock on the wall shows, as if it were UTC. */
function wallClock(at: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat(
      'en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formats.set(timeZone, format);
  }
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  return Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
}

const hour = 3_600_000;
const day = 24 * hour;

/** The first instant of a calendar day given as its UTC midnight: where midnight is skipped, the first there is. */
function startOfDay(midnight: number, timeZone: string): number {
  // Some hours before the day in every zone; from there on the clock's date passes to the day exactly once.
  let before = midnight - 15 * hour;
  let after = midnight + 15 * hour;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallClock(middle, timeZone) >= midnight) after = middle;
    else before = middle;
  }
  return after;
}

const starts = new Map<string, number>();
const knownStarts = 20_000;

function startKept(midnight: number, timeZone: string): number {
  const key = `${timeZone} ${midnight}`;
  const kept = starts.get(key);
  if (kept !== undefined) return kept;
  if (starts.size >= knownStarts) starts.clear();
  const start = timeZone === 'UTC' ? midnight : startOfDay(midnight, timeZone);
  starts.set(key, start);
  return start;
}

/** The days that a half-open period touches, the first and the last cut to it. */
export function daysOf(from: number, to: number, timeZone: string): CalendarDay[] {
  const days: CalendarDay[] = [];
  for (let midnight = Math.floor(wallClock(from, timeZone) / day) * day; ; midnight += day) {
    const begins = startKept(midnight, timeZone);
    const ends = startKept(midnight + day, timeZone);
    if (begins >= to) return days;
    if (ends > from) days.push({ date: new Date(midnight).toISOString().slice(0, 10), from: Math.max(from, begins), to: Math.min(to, ends) });
  }
}
