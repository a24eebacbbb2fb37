/** Customers' events: their dates and their workflow. */
import Type from 'typebox';
import { planners, staff } from '../caller.ts';
import { Id, Instant, listQuery, Name, Note, nullable, object, optional, page, Search, TimeZone } from '../common.ts';
import { operation } from '../define.ts';
import { Event, EventCategory, eventFacts, eventOptionals, EventStatus, Venue } from './event-facts.ts';

const { eventCreated, eventChanged, eventArchived } = eventFacts;
const { venue: _, ...others } = eventOptionals;
const VenueInput = object({ name: Venue.properties.name, address: Venue.properties.address, details: optional(Venue.properties.details) });
type Others = typeof others;
const optionalInput = Object.fromEntries(Object.entries(others).map(([key, schema]) => [key, optional(schema)])) as {
  [Key in keyof Others]: ReturnType<typeof optional<Others[Key]>>;
};
const optionalPatch = Object.fromEntries(Object.entries(others).map(([key, schema]) => [key, optional(nullable(schema))])) as {
  [Key in keyof Others]: ReturnType<typeof optional<ReturnType<typeof nullable<Others[Key]>>>>;
};
const dates = { installationAt: Instant, startAt: Instant, endAt: Instant, dismantlingAt: Instant };
/** With work in the way it needs `force` and a reason, by an admin or a manager. */
const forced = object({ force: optional(Type.Boolean()), reason: optional(Note) });
const dateErrors = ['event.dates-out-of-order', 'period.too-long'] as const;

export const eventOperations = {
  listEvents: operation('events.event.list', {
    summary: 'List events', route: 'GET /api/events', roles: staff,
    query: listQuery(['-createdAt', 'createdAt', 'startAt', '-startAt', 'name'], {
      status: optional(EventStatus), category: optional(EventCategory), from: optional(Instant),
      to: optional(Instant), customerId: optional(Id), archived: optional(Type.Boolean()), q: optional(Search),
    }), output: page(Event), errors: ['period.invalid'],
  }),
  createEvent: operation('events.event.create', {
    summary: 'Plan an event', route: 'POST /api/events', roles: planners,
    body: object({ name: Name, category: EventCategory, ...dates, timeZone: TimeZone, venue: optional(VenueInput), ...optionalInput }),
    output: Event, status: 201, errors: dateErrors, emits: [eventCreated],
  }),
  getEvent: operation('events.event.get', { summary: 'Read one event', route: 'GET /api/events/:id', roles: staff, output: Event }),
  patchEvent: operation('events.event.patch', {
    summary: 'Change an event; new dates move its reservations, decided together', route: 'PATCH /api/events/:id', roles: planners,
    body: object({
      name: optional(Name), category: optional(EventCategory), installationAt: optional(Instant),
      startAt: optional(Instant), endAt: optional(Instant), dismantlingAt: optional(Instant),
      timeZone: optional(TimeZone), venue: optional(nullable(VenueInput)), ...optionalPatch,
    }),
    output: Event, errors: [...dateErrors, 'period.invalid', 'event.state', 'event.dates-unavailable', 'event.lines-undecided', 'reservation.duplicate'],
    emits: [eventChanged], settledBy: 'events.settlement.outcome',
  }),
  archiveEvent: operation('events.event.archive', {
    summary: 'Archive a planned event without open reservations', route: 'DELETE /api/events/:id', roles: planners,
    output: Type.Null(), status: 204, errors: ['event.in-use', 'event.state'], emits: [eventArchived],
  }),
  startEvent: operation('events.event.start', {
    summary: 'Start; refused while a line is not decided', route: 'POST /api/events/:id/start', roles: planners, body: forced, output: Event,
    errors: ['event.state', 'event.lines-undecided', 'force.reason-missing'], emits: [eventChanged],
  }),
  completeEvent: operation('events.event.complete', {
    summary: 'Complete; refused while items are out', route: 'POST /api/events/:id/complete', roles: planners, body: forced, output: Event,
    errors: ['event.state', 'event.items-out', 'event.lines-undecided', 'force.reason-missing'], emits: [eventChanged],
  }),
  cancelEvent: operation('events.event.cancel', {
    summary: 'Cancel, with all that is not handed out', route: 'POST /api/events/:id/cancel', roles: planners, body: forced, output: Event,
    errors: ['event.state', 'event.items-out', 'force.reason-missing'], emits: [eventChanged],
  }),
};
