/** A customer's event: how one is made and changed. */
import { eventOptionals, notFound, refuse, type Event, type InputOf, type Refusal, type eventOperations } from '@regie/contracts';
import { checkDates, datesDiffer, instant } from './dates.ts';

type Creation = InputOf<typeof eventOperations.createEvent>;
export type EventPatch = Omit<InputOf<typeof eventOperations.patchEvent>, 'id'>;

/** An event as it is kept. */
export interface KeptEvent {
  readonly event: Event;
  readonly version: number;
  /** The settlement its new dates wait for. */
  readonly pendingDates: string | null;
}

/** What has to be known of an event for equipment to be asked for it. */
export interface EventToFill extends Pick<KeptEvent, 'pendingDates'> {
  readonly event: Pick<Event, 'id' | 'name' | 'status' | 'archivedAt' | 'installationAt' | 'dismantlingAt'>;
}

export const saidEvent = { en: 'event', fr: 'événement' };
export const unknownEvent = (): Refusal<'not-found'> => notFound(saidEvent);

/** Planned and running events take changes and reservations. */
export const isOpen = ({ status, archivedAt }: Pick<Event, 'status' | 'archivedAt'>): boolean => (status === 'planned' || status === 'in_progress') && archivedAt === null;

export const notOpen = (): Refusal<'event.state'> =>
  refuse('event.state', { en: 'This event is completed, cancelled or archived; plan a new one.', fr: 'Cet événement est terminé, annulé ou archivé ; planifiez-en un autre.' });

const optionalFields = Object.keys(eventOptionals) as (keyof typeof eventOptionals)[];
const dateFields = ['installationAt', 'startAt', 'endAt', 'dismantlingAt'] as const;

/** What was sent, in the form it is kept in: instants in UTC, a venue with all its fields. */
function normal(sent: Readonly<Record<string, unknown>>): Partial<Event> {
  const venue = sent['venue'] as { name: string; address: string; details?: string | null } | null | undefined;
  return {
    ...sent,
    ...Object.fromEntries(dateFields.flatMap((field) => (sent[field] === undefined ? [] : [[field, instant(sent[field] as string)]]))),
    ...(venue ? { venue: { name: venue.name, address: venue.address, details: venue.details ?? null } } : {}),
  };
}

/** A new event, planned. @param now of the transaction */
export function newEvent(
  sent: Creation, { id, createdBy, now }: { readonly id: string; readonly createdBy: string | null; readonly now: Date },
): Event | Refusal<'event.dates-out-of-order' | 'period.too-long' | 'not-found'> {
  const at = now.toISOString();
  const empty = Object.fromEntries(optionalFields.map((field) => [field, null])) as Pick<Event, (typeof optionalFields)[number]>;
  const event: Event = { ...empty, ...(normal(sent) as Creation), id, status: 'planned', createdBy, cancelReason: null, createdAt: at, updatedAt: at, archivedAt: null } as Event;
  return checkDates(event, now) ?? unknownFile(event, empty) ?? event;
}

/** The event after a patch; a contact does not follow to another customer. */
export function patchedEvent(before: Event, patch: EventPatch, now: Date): Event | Refusal<'event.dates-out-of-order' | 'period.too-long' | 'not-found'> {
  const merged: Event = { ...before, ...normal(patch) };
  const after = merged.customerId !== before.customerId && patch.contactId === undefined ? { ...merged, contactId: null } : merged;
  // An old event may be described again without being moved into the present.
  return (datesDiffer(before, after) ? checkDates(after, now) : null) ?? unknownFile(after, before) ?? after;
}

/** There are no files yet that an event could show: every id is one nobody has. */
function unknownFile(after: Event, before: Pick<Event, 'logoFileId' | 'bannerFileId'>): Refusal<'not-found'> | null {
  const field = (['logoFileId', 'bannerFileId'] as const).find((name) => after[name] !== null && after[name] !== before[name]);
  return field ? notFound({ en: 'file', fr: 'fichier' }, `/${field}`) : null;
}

/** The part of an event that a patch may change, whole: what is kept until new dates are decided. */
export function patchBetween(before: Event, after: Event): Partial<Event> {
  const changed = Object.entries(after).filter(([field, value]) => JSON.stringify(before[field as keyof Event]) !== JSON.stringify(value));
  // The dates go together: they were checked together.
  return { ...Object.fromEntries(changed), ...Object.fromEntries(dateFields.map((field) => [field, after[field]])) };
}
