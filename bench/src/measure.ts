/** Measuring by ratio: ours and the other in turn, medians of pairs, CPU from the operating system. */
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';

/** What one slice of one contestant gave. */
export interface Slice {
  readonly perSecond: number;
  /** CPU of all its processes, servers included, per unit of work. */
  readonly cpuUs?: number;
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

/** Runs the contestants in turn, A B A B, and gives each one's slices; the machine's noise falls on all alike. */
export async function inTurn<Name extends string>(rounds: number, contestants: Readonly<Record<Name, () => Promise<Slice>>>, say: (text: string) => void): Promise<Record<Name, Slice[]>> {
  const slices = Object.fromEntries(Object.keys(contestants).map((name) => [name, [] as Slice[]])) as Record<Name, Slice[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(contestants) as Name[]) {
      const slice = await contestants[name]();
      slices[name].push(slice);
      say(`  ${round + 1}/${rounds} ${name}: ${Math.round(slice.perSecond).toLocaleString('en')}/s${slice.cpuUs === undefined ? '' : `, ${Math.round(slice.cpuUs)} µs`}`);
    }
  }
  return slices;
}

/** The median over pairs of ours to other's. */
export const ratioOf = (ours: readonly Slice[], others: readonly Slice[], of: (slice: Slice) => number = ({ perSecond }) => perSecond): number =>
  median(ours.map((slice, index) => of(slice) / of(others[index]!)));

export const rate = (slices: readonly Slice[]): string => {
  const cpu = slices.map(({ cpuUs }) => cpuUs).filter((value) => value !== undefined);
  return `${Math.round(median(slices.map(({ perSecond }) => perSecond))).toLocaleString('en')}/s${cpu.length > 0 ? `, ${Math.round(median(cpu))} µs` : ''}`;
};

const tick = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of a process so far, user and system, in microseconds. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tick;
}

/** Proportional set size in bytes: shared pages counted by their share. */
export const pssOf = (pid: number): number => Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]) * 1024;
