/** What takes pieces, from when until when: promises, pieces that are out, repairs and losses. */

/** `lost` pieces lower the total and are nobody's reason; the others are named in refusals. */
export type TakenKind = 'reserved' | 'late' | 'maintenance' | 'lost';

export interface Taken {
  /** Of the line, the maintenance or the loss. */
  readonly sourceId: string;
  readonly kind: TakenKind;
  readonly from: number;
  /** Null: until somebody says so. */
  readonly to: number | null;
  readonly quantity: number;
  readonly eventId: string | null;
}

/** As much of a reservation line as decides what it takes. Instants in milliseconds since 1970. */
export interface TakingLine {
  readonly id: string;
  readonly reservationId: string;
  readonly eventId: string;
  readonly status: string;
  readonly quantity: number;
  readonly delivered: number;
  readonly returned: number;
  readonly missing: number;
  /** Blocked: with preparation before and turnaround after. */
  readonly from: number;
  readonly to: number;
  /** The end as it was asked. */
  readonly askedTo: number;
  /** When its first piece left. */
  readonly outSince: number | null;
}

/** With its beginning as it was asked: what one event is promised twice may not overlap. */
export interface AskedLine extends TakingLine { readonly askedFrom: number }

/** Pieces handed out and not back. */
export const outOf = ({ delivered, returned, missing }: Pick<TakingLine, 'delivered' | 'returned' | 'missing'>): number => delivered - returned - missing;

/** Something is out after the end that was asked. */
export const isLate = (line: Pick<TakingLine, 'delivered' | 'returned' | 'missing' | 'askedTo'>, now: number): boolean => outOf(line) > 0 && now >= line.askedTo;

/**
 * What a line takes, seen now: what is still to be handed out, for the blocked period, or until the end once that has passed;
 * what is out, from when it left, and until it is back once it is late. What came back takes nothing: a return frees the rest of the period.
 */
export function takenByLine(line: TakingLine, now: number): Taken[] {
  if (line.status !== 'reserved' && line.status !== 'delivered') return [];
  const { id: sourceId, eventId, from, to, askedTo } = line;
  const over = now >= askedTo;
  const out = outOf(line);
  const pending = line.quantity - line.delivered;
  const taken: Taken[] = [];
  if (pending > 0) taken.push({ sourceId, kind: 'reserved', from, to: over ? Math.max(from, askedTo) : to, quantity: pending, eventId });
  if (out > 0) taken.push({ sourceId, kind: over ? 'late' : 'reserved', from: Math.min(from, line.outSince ?? from), to: over ? null : to, quantity: out, eventId });
  return taken;
}

/** A repair that is not over: until its expected end, and beyond while overdue. */
export const takenByMaintenance =
  ({ id, startsAt, expectedEndAt, quantity }: { id: string; startsAt: number; expectedEndAt: number | null; quantity: number }, now: number): Taken =>
    ({
      sourceId: id, kind: 'maintenance', from: startsAt,
      to: expectedEndAt === null || expectedEndAt <= now ? null : expectedEndAt, quantity, eventId: null,
    });

/** Pieces that are missing, until they are found or written off. */
export const takenByLoss = ({ id, lostAt, quantity }: { id: string; lostAt: number; quantity: number }): Taken =>
  ({ sourceId: id, kind: 'lost', from: lostAt, to: null, quantity, eventId: null });

/** What no reservation may count on: repairs and losses. */
export const isOutOfService = ({ kind }: Taken): boolean => kind === 'maintenance' || kind === 'lost';
