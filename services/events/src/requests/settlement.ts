/** Settlements: what was ordered to be decided together, how it ended, and the answer that whoever asked is given. */
import { notFound, refuse, reply, type Event, type Refusal, type Reply, type Reservation, type Shortage, type Decided } from '@regie/contracts';
import type { KeptEvent } from '../events/event.ts';
import { duplicate, type Line } from './lines.ts';
import { requestView, versionOf, type KeptRequest } from './request.ts';

export type Kind = 'request' | 'change' | 'cancel' | 'dates';
export type Verdict = Decided['outcome'];

/** The next desired state of a reservation; of a new one, its first. */
export interface Revision {
  readonly request: Pick<KeptRequest, 'id' | 'revision' | 'requestedBy'>;
  readonly allowPartial: boolean;
  readonly lines: readonly Line[];
}

/** How one desired state was decided; `outcome` is null until then. */
export interface Decision {
  readonly outcome: Verdict | null;
  readonly shortages: readonly Shortage[];
  readonly unknownEquipmentIds: readonly string[];
  readonly duplicateEquipmentIds: readonly string[];
  /** The equipment of its lines, in their order. */
  readonly equipmentIds: readonly string[];
}

/** All that its answer depends on. */
export interface Settlement {
  readonly id: string;
  readonly companyId: string;
  readonly kind: Kind;
  readonly language: 'en' | 'fr';
  readonly verdict: Verdict | null;
  readonly decisions: readonly Decision[];
  /** The event, for new dates; the reservation, for everything else. */
  readonly about: { readonly event: KeptEvent } | { readonly request: KeptRequest };
}

/**
 * How a settlement ends, from the decisions of all its reservations.
 * New dates are not kept back by a reservation that was cancelled meanwhile.
 * @returns null while one is undecided
 */
export function verdictOf(kind: Kind, outcomes: readonly (Verdict | null)[]): Verdict | null {
  if (outcomes.includes(null)) return null;
  if (outcomes.includes('refused')) return 'refused';
  return kind !== 'dates' && outcomes.includes('superseded') ? 'superseded' : 'accepted';
}

type Code = 'reservation.unavailable' | 'reservation.duplicate' | 'reservation.state' | 'event.dates-unavailable' | 'event.state' | 'not-found';
export type Outcome = Reply<Reservation> | Reply<Event> | Reply<null> | Refusal<Code>;

/** Where a request is read and followed. */
export const placeOf = ({ eventId, id }: Pick<KeptRequest, 'eventId' | 'id'>): string => `/api/events/${eventId}/reservations/${id}`;

/** The answer as it stands now: the same for the notice, for a repeated request, and for whoever asks later. */
export function outcomeOf(settlement: Settlement): Outcome {
  const { id, kind, verdict, about } = settlement;
  if ('event' in about) {
    const { event, version } = about.event;
    if (verdict === 'refused') return refusal(settlement);
    if (verdict === 'superseded') return refuse('event.state', {
      en: 'The event was closed before its new dates were decided.', fr: 'L’événement a été clos avant la décision sur ses nouvelles dates.',
    }, { state: event.status });
    return reply(event, verdict === null ? { status: 202, version, settles: id, location: `/api/events/${event.id}` } : { status: 200, version });
  }
  const { request } = about;
  if (verdict === null) return reply(requestView(request), { status: 202, version: versionOf(request), settles: id, location: placeOf(request) });
  if (verdict === 'superseded') return refuse('reservation.state', {
    en: 'A newer change of this reservation was decided first. Read it again.',
    fr: 'Une modification plus récente a été décidée avant. Relisez la réservation.',
  }, { state: requestView(request).status });
  if (verdict === 'refused') return refusal(settlement);
  if (kind === 'cancel') return reply(null, { status: 204 });
  // As it was decided, even when something newer is asked already.
  const view = request.state ?? requestView(request);
  return kind === 'request' ? reply(view, { status: 201, version: versionOf(request), location: placeOf(request) }) : reply(view, { status: 200, version: versionOf(request) });
}

/** Why it was refused: equipment nobody knows, equipment the event has already, or not enough of it. */
function refusal({ kind, decisions }: Settlement): Refusal<Code> {
  const pointers = (wanted: (decision: Decision) => readonly string[]): string[] =>
    decisions.flatMap((decision) => {
      const ids = new Set(wanted(decision));
      return decision.equipmentIds.flatMap((equipmentId, index) => (ids.has(equipmentId) ? [`/lines/${index}/equipmentId`] : []));
    });
  const unknown = pointers(({ unknownEquipmentIds }) => unknownEquipmentIds);
  if (unknown.length > 0 && kind !== 'dates') {
    const { code, detail } = notFound({ en: 'equipment', fr: 'matériel' });
    return refuse(code, detail, { errors: unknown.map((pointer) => ({ pointer, message: 'unknown' })) });
  }
  if (decisions.some(({ duplicateEquipmentIds }) => duplicateEquipmentIds.length > 0))
    return duplicate(kind === 'dates' ? [] : pointers(({ duplicateEquipmentIds }) => duplicateEquipmentIds));
  const shortages = decisions.flatMap((decision) => decision.shortages);
  if (kind === 'dates') {
    return refuse('event.dates-unavailable', {
      en: 'The event keeps its dates: choose others, or change the lines that are short.',
      fr: 'L’événement garde ses dates : choisissez-en d’autres, ou modifiez les lignes en manque.',
    }, { shortages });
  }
  // Nothing is short: it was handed out, or closed, between the question and the decision.
  if (shortages.length === 0) return refuse('reservation.state', { en: 'It went on meanwhile. Read it again.', fr: 'Elle a évolué entre-temps. Relisez-la.' });
  return refuse('reservation.unavailable', {
    en: 'Choose other dates, a smaller quantity or one of the alternatives.',
    fr: 'Choisissez d’autres dates, une quantité moindre ou une des alternatives.',
  }, { shortages });
}
