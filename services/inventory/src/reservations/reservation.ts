/** A reservation as inventory keeps it: its lines, their status, and how it is shown. Instants in milliseconds since 1970. */
import { instantText, type Reservation, type ReservationStatus, type Shortage } from '@regie/contracts';
import { isLate, outOf } from '../availability/taken.ts';

/** One line. `from` and `to` are blocked: with preparation and turnaround as they were when it was decided. */
export interface Line {
  readonly id: string;
  readonly reservationId: string;
  readonly eventId: string;
  readonly equipmentId: string;
  readonly kitId: string | null;
  readonly quantity: number;
  readonly askedFrom: number;
  readonly askedTo: number;
  readonly from: number;
  readonly to: number;
  readonly status: ReservationStatus;
  readonly delivered: number;
  readonly returned: number;
  readonly damaged: number;
  readonly missing: number;
  /** When the first piece left. */
  readonly outSince: number | null;
  /** Place in the order of the company's decisions. */
  readonly decidedSeq: number;
  readonly decidedAt: number;
  /** Promised pieces that reality will not allow. */
  readonly short: number;
}

/** A line that was refused while nothing had been promised: shown as it was asked. */
export interface RefusedLine {
  readonly id: string; readonly equipmentId: string; readonly kitId: string | null; readonly quantity: number; readonly from: string; readonly to: string;
}

export interface Held {
  readonly id: string;
  readonly companyId: string;
  readonly eventId: string;
  /** Of the row: rises by one with every fact. */
  readonly version: number;
  /** The newest desired state that was decided, accepted or not. */
  readonly revision: number;
  readonly status: ReservationStatus;
  readonly lines: readonly Line[];
  readonly refusedLines: readonly RefusedLine[];
  readonly shortages: readonly Shortage[];
  readonly requestedBy: string | null;
  readonly decidedAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Does it take pieces? */
export const isTaking = ({ status }: Pick<Line, 'status'>): boolean => status === 'reserved' || status === 'delivered';

/** Handed out whole: delivered. Nothing out and nothing left to hand out, be it that the time for it is over: returned. */
export function lineStatus(line: Omit<Line, 'status'>, now: number): ReservationStatus {
  if (line.delivered === 0) return 'reserved';
  const left = now < line.askedTo ? line.quantity - line.delivered : 0;
  if (outOf(line) === 0 && left === 0) return 'returned';
  return line.delivered === line.quantity ? 'delivered' : 'reserved';
}

const advance: readonly ReservationStatus[] = ['requested', 'reserved', 'delivered', 'returned'];

/** That of its least advanced line; refused and cancelled lines count only where there are no others. */
export function reservationStatus(lines: readonly Pick<Line, 'status'>[]): ReservationStatus {
  const going = advance.find((status) => lines.some((line) => line.status === status));
  return going ?? (lines.some(({ status }) => status === 'cancelled') || lines.length === 0 ? 'cancelled' : 'rejected');
}

const lineView = (line: Line, now: number): Reservation['lines'][number] => ({
  id: line.id, equipmentId: line.equipmentId, kitId: line.kitId, quantity: line.quantity, from: instantText(line.askedFrom), to: instantText(line.askedTo), status: line.status,
  delivered: line.delivered, returned: line.returned, damaged: line.damaged, missing: line.missing, late: isLate(line, now), atRisk: line.short > 0,
});

const refusedView = (line: RefusedLine): Reservation['lines'][number] =>
  ({ ...line, status: 'rejected', delivered: 0, returned: 0, damaged: 0, missing: 0, late: false, atRisk: false });

/** As they are read from the rows, whatever order somebody changed them in: what is told, kept by others and read here must not differ. */
const inOrder = (lines: readonly Line[]): readonly Line[] => (lines.length < 2 ? lines : lines.toSorted((a, b) => a.decidedSeq - b.decidedSeq || (a.id < b.id ? -1 : 1)));

/** As it is answered and told. */
export const reservationView = ({ id, eventId, status, lines, refusedLines, shortages, requestedBy, decidedAt, createdAt, updatedAt }: Held, now: number): Reservation => ({
  id, createdAt: instantText(createdAt), updatedAt: instantText(updatedAt), eventId, status,
  lines: [...inOrder(lines).map((line) => lineView(line, now)), ...(lines.length === 0 ? refusedLines.map(refusedView) : [])],
  shortages: [...shortages], requestedBy, decidedAt: instantText(decidedAt),
});
