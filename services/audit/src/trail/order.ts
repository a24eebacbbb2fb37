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
  function* next(count: number): Generator<One> {
    const given = waiting.slice(0, count);
    waiting = waiting.slice(count);
    yield* given;
  }
  return {
    put(entries) {
      waiting = [...waiting, ...(after === undefined ? entries : entries.filter((entry) => compare(entry, after) > 0))].toSorted(compare);
    },
    *until(instant) {
      const first = waiting.findIndex(({ at }) => direction * (at.getTime() - instant.getTime()) >= 0);
      yield* next(first === -1 ? waiting.length : first);
    },
    *rest() { yield* next(waiting.length); },
  };
}
