/** Entries of blocks whose times overlap, put in the order of one list. */
import type { KeptEntry } from './entry.ts';

/** Where the last page ended. */
export interface After { readonly at: Date; readonly id: string }

type Placed = Pick<KeptEntry, 'id' | 'at'>;

export interface Order<One> {
  put(entries: readonly One[]): void;
  /** Gives what lies before that instant in the list's direction: nothing that is still to come can stand before it. */
  until(instant: Date): Generator<One>;
  rest(): Generator<One>;
}

/** By time, then by id. @param after what stands there or before it is left out */
export function inOrder<One extends Placed>(newestFirst: boolean, after: After | undefined): Order<One> {
  const direction = newestFirst ? -1 : 1;
  const compare = (a: Placed, b: Placed): number => direction * (a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : Number(a.id > b.id)));
  let waiting: One[] = [];
  /** Put since they were ordered: ordering all that waits with each block would cost its square where many happened at about the same time. */
  let added: One[] = [];
  /** Where the first of both stands in the list's direction. */
  let first = Infinity;
  const placeOf = ({ at }: Placed): number => direction * at.getTime();
  function* next(countOf: (ordered: readonly One[]) => number): Generator<One> {
    const ordered = added.length === 0 ? waiting : [...waiting, ...added].toSorted(compare);
    const count = countOf(ordered);
    [waiting, added] = [ordered.slice(count), []];
    first = waiting.length === 0 ? Infinity : placeOf(waiting[0]!);
    yield* ordered.slice(0, count);
  }
  return {
    put(entries) {
      for (const entry of entries) {
        if (after !== undefined && compare(entry, after) <= 0) continue;
        added.push(entry);
        first = Math.min(first, placeOf(entry));
      }
    },
    *until(instant) {
      const end = direction * instant.getTime();
      if (first < end) yield* next((ordered) => { const count = ordered.findIndex((entry) => placeOf(entry) >= end); return count === -1 ? ordered.length : count; });
    },
    *rest() { yield* next(({ length }) => length); },
  };
}
