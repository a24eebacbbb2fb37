/** The customer's event: its state, and what is told of it. Apart from its operations, since inventory hears these facts. */
import Type, { type Static } from 'typebox';
import { Count, Id, Instant, list, Money, Name, Note, nullable, object, stamps, TimeZone } from '../common.ts';
import { fact } from '../define.ts';
import { enumeration } from '../enumeration.ts';

export const EventStatus = enumeration('event-status', {
  planned: ['Planned', 'Planifié'], in_progress: ['In progress', 'En cours'], completed: ['Completed', 'Terminé'], cancelled: ['Cancelled', 'Annulé'],
});
export type EventStatus = Static<typeof EventStatus>;
export const EventCategory = enumeration('event-category', {
  sound: ['Sound', 'Son'], video: ['Video', 'Vidéo'], lighting: ['Lighting', 'Lumière'], mixed: ['Mixed', 'Mixte'],
});

export const Venue = object({ name: Name, address: Note, details: nullable(Note) });
const Free = Type.Record(Type.String({ pattern: '^[^\\u0000]{1,60}$' }), Type.Union([Type.String({ maxLength: 2000 }), Type.Number(), Type.Boolean()]), { maxProperties: 50 });

/** May be empty; `null` on the wire. */
export const eventOptionals = {
  customerId: Id, contactId: Id, venue: Venue, budget: Money, expectedParticipants: Count, description: Note, notes: Note, president: Name, organizerContact: Note,
  logoFileId: Id, bannerFileId: Id, themes: list(Name, 50), settings: Free, metadata: Free,
};
type Nullables = { [Key in keyof typeof eventOptionals]: ReturnType<typeof nullable<(typeof eventOptionals)[Key]>> };

export const Event = object({
  ...stamps, name: Name, category: EventCategory, status: EventStatus, installationAt: Instant, startAt: Instant, endAt: Instant, dismantlingAt: Instant, timeZone: TimeZone,
  ...(Object.fromEntries(Object.entries(eventOptionals).map(([key, schema]) => [key, nullable(schema)])) as Nullables),
  createdBy: nullable(Id), cancelReason: nullable(Note), archivedAt: nullable(Instant),
});
export type Event = Static<typeof Event>;

export const eventFacts = {
  eventCreated: fact('events.event.created', 1, Event, { visibility: 'partner' }),
  eventChanged: fact('events.event.changed', 1, Event, { visibility: 'partner' }),
  eventArchived: fact('events.event.archived', 1, Event, { visibility: 'partner' }),
};
