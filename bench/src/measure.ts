/** Measuring by ratio: ours and the other in turn, medians of pairs. */

/** What a run was asked for. */
export interface Run {
  /** Times each contestant runs. */
  readonly pairs: number;
  /** Seconds each of them is measured; a row has its own when it is not said. */
  readonly seconds?: number;
  readonly say: (text: string) => void;
}

export type Row = (run: Run) => Promise<Line[]>;

/** What one slice of one contestant gave. */
export interface Slice {
  readonly perSecond: number;
  /** CPU of all its processes, servers included, per unit of work. */
  readonly cpuUs?: number;
  /** Milliseconds. */
  readonly p50?: number;
  readonly p99?: number;
}

/** One line of the table. */
export interface Line {
  readonly what: string;
  readonly ours: string;
  readonly other: string;
  /** Ours to the other's, median of pairs; null where there is nothing to compare with. */
  readonly ratio: number | null;
  readonly goal: string;
  /** Null: reported with the machine, not judged. */
  readonly met: boolean | null;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** @param part 0 to 1 */
export const percentile = (values: readonly number[], part: number): number =>
  values.length === 0 ? 0 : values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))]!;

/**
 * Runs the contestants in turn, A B A B, and gives each one's slices; the machine's noise falls on all alike.
 * @param settling rounds that come first and do not count: memory that was not touched before costs a machine some microseconds a page, and whoever writes
 * more of it pays more
 */
export async function inTurn<Name extends string>(run: Run, contestants: Readonly<Record<Name, () => Promise<Slice>>>, settling = 0): Promise<Record<Name, Slice[]>> {
  const { pairs, say } = run;
  if (settling > 0) await inTurn({ ...run, pairs: settling, say: (text) => say(`${text} (not counted)`) }, contestants);
  const slices = Object.fromEntries(Object.keys(contestants).map((name) => [name, [] as Slice[]])) as Record<Name, Slice[]>;
  for (let round = 0; round < pairs; round++) {
    for (const name of Object.keys(contestants) as Name[]) {
      const slice = await contestants[name]();
      slices[name].push(slice);
      say(`  ${round + 1}/${pairs} ${name}: ${sliceText(slice)}`);
    }
  }
  return slices;
}

const sliceText = ({ perSecond, cpuUs, p50, p99 }: Slice): string =>
  [
    `${whole(perSecond)}/s`, ...(cpuUs === undefined ? [] : [`${whole(cpuUs)} µs`]),
    ...(p50 === undefined ? [] : [`p50 ${p50.toFixed(1)} ms`]), ...(p99 === undefined ? [] : [`p99 ${p99.toFixed(1)} ms`]),
  ].join(', ');

export const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** The median over pairs of ours to other's. */
export const ratioOf = (ours: readonly Slice[], others: readonly Slice[], of: (slice: Slice) => number = ({ perSecond }) => perSecond): number =>
  median(ours.map((slice, index) => of(slice) / of(others[index]!)));

export const cpuPerUnit = ({ cpuUs }: Slice): number => cpuUs!;

/** Median rate, CPU and times of some slices, in words. */
export const rate = (slices: readonly Slice[]): string => {
  const of = (value: (slice: Slice) => number | undefined) => slices.map(value).filter((one) => one !== undefined);
  const [cpu, p50, p99] = [of(({ cpuUs }) => cpuUs), of((slice) => slice.p50), of((slice) => slice.p99)];
  return [
    `${whole(median(slices.map(({ perSecond }) => perSecond)))}/s`, ...(cpu.length > 0 ? [`${whole(median(cpu))} µs`] : []),
    ...(p50.length > 0 && p99.length > 0 ? [`p50/p99 ${median(p50).toFixed(1)}/${median(p99).toFixed(1)} ms`] : []),
  ].join(', ');
};

/** A line that judges ours against another by a ratio. @param goal `{ atLeast: 12 }` or `{ atMost: 1.2 }` */
export function against(what: string, ours: readonly Slice[], name: string, others: readonly Slice[], goal: Goal, of?: (slice: Slice) => number): Line {
  const ratio = ratioOf(ours, others, of);
  return { what, ours: rate(ours), other: `${name} ${rate(others)}`, ratio, ...judged(ratio, goal) };
}

/** The line as one that is shown and not judged. */
export const reported = (line: Line): Line => ({ ...line, goal: 'reported', met: null });

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** How a ratio stands to its goal. */
export const judged = (ratio: number, goal: Goal): Pick<Line, 'goal' | 'met'> =>
  'atLeast' in goal ? { goal: `≥ ${goal.atLeast}`, met: ratio >= goal.atLeast } : { goal: `≤ ${goal.atMost}`, met: ratio <= goal.atMost };
