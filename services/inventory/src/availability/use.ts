/**
 * Use over time, as steps: how much is taken at every instant.
 * Periods are half-open `[from, to)` in milliseconds since 1970, so periods that touch never add up. A period without an end is open.
 */

export interface Use {
  /** Where a step begins, rising; the first is -Infinity. */
  readonly times: number[];
  /** What is taken from `times[i]` on, until `times[i + 1]`. */
  readonly levels: number[];
}

interface Piece { readonly from: number; readonly to: number | null; readonly quantity: number }

/** All pieces at once; costs a sort, where adding one by one would cost their square. */
export function useOf(pieces: readonly Piece[]): Use {
  const changes = new Map<number, number>();
  const change = (at: number, by: number) => changes.set(at, (changes.get(at) ?? 0) + by);
  for (const { from, to, quantity } of pieces) {
    if (to !== null && to <= from) continue;
    change(from, quantity);
    if (to !== null) change(to, -quantity);
  }
  const times = [-Infinity];
  const levels = [0];
  let level = 0;
  for (const at of Float64Array.from(changes.keys()).sort()) {
    const by = changes.get(at)!;
    if (by === 0) continue;
    times.push(at);
    levels.push((level += by));
  }
  return { times, levels };
}

/** The step that `at` lies in. */
function stepAt({ times }: Use, at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Makes a step begin at `at`, and says which it is. */
function stepFrom(use: Use, at: number): number {
  const step = stepAt(use, at);
  if (use.times[step] === at) return step;
  use.times.splice(step + 1, 0, at);
  use.levels.splice(step + 1, 0, use.levels[step]!);
  return step + 1;
}

/** Takes `quantity` over a period; a negative one gives back what was taken over exactly that period. */
export function take(use: Use, from: number, to: number | null, quantity: number): void {
  if (to !== null && to <= from) return;
  const first = stepFrom(use, from);
  const end = to === null ? use.times.length : stepFrom(use, to);
  for (let step = first; step < end; step++) use.levels[step]! += quantity;
}

/** The most that is taken at any instant of a period: the peak, not the sum of what overlaps it. */
export function peak(use: Use, from: number, to: number | null): number {
  let most = 0;
  for (let step = stepAt(use, from); step < use.times.length && (to === null || use.times[step]! < to); step++) most = Math.max(most, use.levels[step]!);
  return most;
}

export interface Segment { readonly from: number; readonly to: number; readonly taken: number }

/** A period cut where the use changes. */
export function segments(use: Use, from: number, to: number): Segment[] {
  const parts: Segment[] = [];
  for (let step = stepAt(use, from); step < use.times.length && use.times[step]! < to; step++) {
    const part = { from: Math.max(from, use.times[step]!), to: Math.min(to, use.times[step + 1] ?? Infinity), taken: use.levels[step]! };
    const last = parts.at(-1);
    if (last?.taken === part.taken) parts[parts.length - 1] = { ...last, to: part.to };
    else parts.push(part);
  }
  return parts;
}

/**
 * The first instant from `from` on when a whole period of `length` stays within `room`.
 * @param until how far to look; what begins later is not known here
 * @returns null when there is none
 */
export function firstFree(use: Use, from: number, length: number, room: number, until: number): number | null {
  if (room < 0) return null;
  let start = from;
  for (let step = stepAt(use, from); step < use.times.length; step++) {
    if (use.times[step]! >= start + length) break;
    if (use.levels[step]! > room) start = use.times[step + 1] ?? Infinity;
    if (start > until) return null;
  }
  return start > until ? null : start;
}
