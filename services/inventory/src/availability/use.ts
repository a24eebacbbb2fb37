/**
 * Use over time, as steps: how much is taken at every instant.
 * Periods are half-open `[from, to)` in milliseconds since 1970, so periods that touch never add up. A period without an end is open.
 * Steps are kept some dozens together, so that among tens of thousands a new one moves few others, and a long period is looked over and filled a chunk at a time.
 */

interface Chunk {
  /** Where each step begins, rising. The first of all begins at -Infinity. */
  readonly times: number[];
  /** What is taken from `times[i]` on until the next step begins, besides the base. */
  readonly levels: number[];
  /** Taken all through the chunk. */
  base: number;
  /** The highest of its levels. */
  most: number;
}

export interface Use { readonly chunks: Chunk[] }

/** A chunk with more steps is cut in two. */
const longest = 128;

interface Piece { readonly from: number; readonly to: number | null; readonly quantity: number }

/** All pieces at once; costs a sort, where adding one by one would look each up. */
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
  const chunks: Chunk[] = [];
  for (let first = 0; first < times.length; first += longest / 2) chunks.push(chunkOf(times.slice(first, first + longest / 2), levels.slice(first, first + longest / 2), 0));
  return { chunks };
}

/** A copy that can be changed without changing this one. */
export const copyOf = ({ chunks }: Use): Use => ({ chunks: chunks.map(({ times, levels, base, most }) => ({ times: [...times], levels: [...levels], base, most })) });

const chunkOf = (times: number[], levels: number[], base: number): Chunk => ({ times, levels, base, most: highest(levels) });

function highest(levels: readonly number[]): number {
  let most = levels[0]!;
  for (let step = 1; step < levels.length; step++) if (levels[step]! > most) most = levels[step]!;
  return most;
}

/** The chunk that `at` lies in. */
function chunkAt({ chunks }: Use, at: number): number {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (chunks[middle]!.times[0]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The step of a chunk that `at` lies in; the first when it begins later. */
function stepAt({ times }: Chunk, at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Makes a step begin at `at`. */
function cut(use: Use, at: number): void {
  const place = chunkAt(use, at);
  const chunk = use.chunks[place]!;
  const { times, levels } = chunk;
  const step = stepAt(chunk, at);
  if (times[step] === at) return;
  times.splice(step + 1, 0, at);
  levels.splice(step + 1, 0, levels[step]!);
  if (times.length <= longest) return;
  const half = times.length >> 1;
  use.chunks.splice(place + 1, 0, chunkOf(times.splice(half), levels.splice(half), chunk.base));
  chunk.most = highest(levels);
}

/** Takes `quantity` over a period; a negative one gives back what was taken over exactly that period. */
export function take(use: Use, from: number, to: number | null, quantity: number): void {
  if (to !== null && to <= from) return;
  cut(use, from);
  if (to !== null) cut(use, to);
  const end = to ?? Infinity;
  for (let place = chunkAt(use, from); place < use.chunks.length && use.chunks[place]!.times[0]! < end; place++) {
    const chunk = use.chunks[place]!;
    const { times, levels } = chunk;
    const first = stepAt(chunk, from);
    const last = times.at(-1)! < end ? times.length : stepAt(chunk, end);
    if (first === 0 && last === times.length) {
      chunk.base += quantity;
      continue;
    }
    for (let step = first; step < last; step++) levels[step]! += quantity;
    chunk.most = highest(levels);
  }
}

/** The most that is taken at any instant of a period: the peak, not the sum of what overlaps it. */
export function peak(use: Use, from: number, to: number | null): number {
  const end = to ?? Infinity;
  let most = 0;
  for (let place = chunkAt(use, from); place < use.chunks.length && use.chunks[place]!.times[0]! < end; place++) {
    const chunk = use.chunks[place]!;
    const { times, levels, base } = chunk;
    if (times[0]! >= from && times.at(-1)! < end) {
      most = Math.max(most, chunk.most + base);
      continue;
    }
    for (let step = stepAt(chunk, from); step < times.length && times[step]! < end; step++) most = Math.max(most, levels[step]! + base);
  }
  return most;
}

export interface Segment { readonly from: number; readonly to: number; readonly taken: number }

/** A period cut where the use changes. */
export function segments(use: Use, from: number, to: number): Segment[] {
  const parts: Segment[] = [];
  for (let place = chunkAt(use, from); place < use.chunks.length && use.chunks[place]!.times[0]! < to; place++) {
    const chunk = use.chunks[place]!;
    const { times, levels, base } = chunk;
    const next = use.chunks[place + 1]?.times[0] ?? Infinity;
    for (let step = stepAt(chunk, from); step < times.length && times[step]! < to; step++) {
      const part = { from: Math.max(from, times[step]!), to: Math.min(to, times[step + 1] ?? next), taken: levels[step]! + base };
      const last = parts.at(-1);
      if (last?.taken === part.taken) parts[parts.length - 1] = { ...last, to: part.to };
      else parts.push(part);
    }
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
  for (let place = chunkAt(use, from); place < use.chunks.length && use.chunks[place]!.times[0]! < start + length; place++) {
    const chunk = use.chunks[place]!;
    const { times, levels, base } = chunk;
    if (chunk.most + base <= room) continue;
    const next = use.chunks[place + 1]?.times[0] ?? Infinity;
    for (let step = stepAt(chunk, from); step < times.length && times[step]! < start + length; step++) {
      if (levels[step]! + base > room) start = times[step + 1] ?? next;
      if (start > until) return null;
    }
  }
  return start > until ? null : start;
}
