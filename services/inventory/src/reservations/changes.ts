/** What a batch of decisions changes in the rows. */
import type { Held, Line } from './reservation.ts';
import type { Decision } from './settlement.ts';

/** The last state of each reservation, and of its lines those that differ from the first. */
export interface Written {
  readonly reservations: readonly Held[];
  readonly gone: readonly Line[];
  readonly saved: readonly Line[];
  /** As they were before they were saved anew. */
  readonly replaced: readonly Line[];
}

/** From the first state of each reservation to its last: a batch may decide several revisions of one. */
export function changesOf(decisions: readonly Decision[]): Written {
  const first = new Map<string, Held | null>();
  const last = new Map<string, Held>();
  for (const { before, after } of decisions) {
    if (!first.has(after.id)) first.set(after.id, before);
    last.set(after.id, after);
  }
  const gone: Line[] = [];
  const saved: Line[] = [];
  const replaced: Line[] = [];
  for (const [id, after] of last) {
    const old = new Map(first.get(id)?.lines.map((line) => [line.id, line]));
    for (const line of after.lines) {
      const before = old.get(line.id);
      old.delete(line.id);
      if (before === line) continue;
      saved.push(line);
      if (before) replaced.push(before);
    }
    gone.push(...old.values());
  }
  return { reservations: [...last.values()], gone, saved, replaced };
}
