/** A reservation as events knows it: what was asked, what is known of its decisions, and inventory's state of it. */
import { notFound, refuse, type Reservation, type Refusal } from '@regie/contracts';
import type { Line } from './lines.ts';

export interface KeptRequest {
  readonly id: string;
  readonly eventId: string;
  /** The newest desired state. */
  readonly revision: number;
  /** How many of them are known to be decided. */
  readonly decided: number;
  readonly allowPartial: boolean;
  /** The settlement that decides, or decided, the newest. */
  readonly settlementId: string;
  readonly requestedBy: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** As inventory told last, and how new that is; null and 0 before its first decision. */
  readonly state: Reservation | null;
  readonly sequence: number;
  /** Pieces handed out and not back. */
  readonly out: number;
  /** Whose lines count now: the newest desired ones while anything is undecided, else the newest accepted ones. */
  readonly lines: readonly Line[];
}

export const unknownReservation = (): Refusal<'not-found'> => notFound({ en: 'reservation', fr: 'réservation' });

export const isUndecided = ({ decided, revision }: Pick<KeptRequest, 'decided' | 'revision'>): boolean => decided < revision;

/** Undecided, promised or handed out. */
export const isLive = (request: KeptRequest): boolean => isUndecided(request) || request.state?.status === 'reserved' || request.state?.status === 'delivered';

/** Rises with all that shows: each of the three only grows. */
export const versionOf = ({ revision, decided, sequence }: KeptRequest): number => revision + decided + sequence;

/** As both addresses show it; while anything is undecided, as it was asked. */
export const requestView = (request: KeptRequest): Reservation => (isUndecided(request) || request.state === null ? askedView(request) : request.state);

const untouched = { delivered: 0, returned: 0, damaged: 0, missing: 0, late: false, atRisk: false };

/** What was asked for, `requested` where it differs from what stands. Of a cancellation: what stands. */
function askedView({ id, eventId, requestedBy, createdAt, updatedAt, state, lines }: KeptRequest): Reservation {
  const standing = new Map(state?.lines.map((line) => [line.id, line]));
  const shown = lines.map(({ moves: _moves, ...line }): Reservation['lines'][number] => {
    const stands = standing.get(line.id);
    const same = stands?.quantity === line.quantity && stands.from === line.from && stands.to === line.to;
    return same ? stands : { ...(stands ?? untouched), ...line, status: 'requested' };
  });
  return {
    id, eventId, status: 'requested', lines: shown.length === 0 ? (state?.lines ?? []) : shown, shortages: [], requestedBy, decidedAt: null,
    createdAt: state?.createdAt ?? createdAt, updatedAt,
  };
}

/** May its lines be changed? Not when it is over, and not when its cancellation is under way. */
export const unchangeable = (request: KeptRequest): Refusal<'reservation.state'> | null =>
  isLive(request) && request.lines.length > 0 ? null
    : refuse('reservation.state', { en: 'This reservation is over; ask for a new one.', fr: 'Cette réservation est close ; faites-en une nouvelle.' },
      { state: requestView(request).status });

/** What cancelling it means now: nothing more to do, a cancellation already asked for, an order to give, or a refusal. */
export function cancellation(request: KeptRequest): 'done' | 'asked' | 'order' | Refusal<'reservation.state'> {
  if (isUndecided(request) && request.lines.length === 0) return 'asked';
  if (!isUndecided(request) && request.state?.status === 'cancelled') return 'done';
  if (!isLive(request)) return refuse('reservation.state', { en: 'This reservation is over.', fr: 'Cette réservation est close.' }, { state: requestView(request).status });
  if (request.out > 0) return refuse('reservation.state', { en: 'Take back what was handed out first.', fr: 'Récupérez d’abord ce qui est sorti.' }, { out: request.out });
  return 'order';
}
