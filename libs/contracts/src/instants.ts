/** Instants and their texts: V8 takes half a microsecond to say one, and a decision says seven of them. */

const dayMs = 86_400_000;
const digits = (length: number): readonly string[] => Array.from({ length: 10 ** length }, (_, number) => String(number).padStart(length, '0'));
const [two, three] = [digits(2), digits(3)];
/** The dates said last, each where its day number leads: twenty years of them fit, since refusals name what stands in the way years ahead, and no more is ever kept. */
const dates = Array.from<{ readonly day: number; readonly text: string } | undefined>({ length: 8_192 });

/** `2027-01-31T`, with the T at its end. */
function dateOf(day: number): string {
  const place = day & (dates.length - 1);
  const known = dates[place];
  if (known?.day === day) return known.text;
  const text = new Date(day * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length);
  dates[place] = { day, text };
  return text;
}

/**
 * As `Date.prototype.toISOString`: `2027-01-31T12:00:00.000Z`.
 * @param at milliseconds since 1970; what is beyond the millisecond is left out
 * @throws {RangeError} for what is no instant
 */
export function instantText(at: number): string {
  const whole = Math.trunc(at);
  const day = Math.floor(whole / dayMs);
  const milliseconds = whole - day * dayMs;
  const seconds = Math.floor(milliseconds / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${dateOf(day)}${two[hours]!}:${two[minutes - hours * 60]!}:${two[seconds - minutes * 60]!}.${three[milliseconds - seconds * 1_000]!}Z`;
}

let [last, before] = [{ text: '', at: NaN }, { text: '', at: NaN }];

/**
 * As `Date.parse`. The two read last are remembered: the lines of an order mostly ask for one period, and each rule looks at it.
 * @returns milliseconds since 1970; NaN for what is no instant
 */
export function instantOf(text: string): number {
  if (text === last.text) return last.at;
  if (text === before.text) return before.at;
  [before, last] = [last, { text, at: Date.parse(text) }];
  return last.at;
}
