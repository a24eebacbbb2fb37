/** Reservation requests: asked here, decided by inventory, followed to their decision. */
import Type from 'typebox';
import { staff } from '../caller.ts';
import { Id, Instant, list, listQuery, nullable, object, optional, page, Quantity } from '../common.ts';
import { operation } from '../define.ts';
import { Reservation } from '../inventory/reservations.ts';

/** Who may ask for equipment: admin, manager, technician. */
const reservers = ['admin', 'manager', 'technician'] as const;
const AskedLine = object({ equipmentId: Id, quantity: Quantity, from: optional(Instant), to: optional(Instant) });
/** The whole new list; a line with the `id` it has is changed, without one it is new, left out it goes. */
const ChangedLine = object({ id: optional(Id), equipmentId: optional(Id), quantity: Quantity, from: optional(Instant), to: optional(Instant) });
const params = object({ id: Id, rid: Id });
const errors = ['event.state', 'event.lines-undecided', 'period.invalid', 'period.too-long', 'reservation.unavailable', 'reservation.duplicate', 'reservation.state'] as const;

export const requestOperations = {
  requestReservation: operation('events.reservation.request', {
    summary: 'Ask for equipment; `Prefer: wait=5` waits for the decision', route: 'POST /api/events/:id/reservations', roles: reservers,
    body: object({ lines: list(AskedLine, 200, 1), allowPartial: optional(Type.Boolean()) }),
    output: Reservation, status: 202, errors, settledBy: 'events.settlement.outcome',
  }),
  listRequests: operation('events.reservation.list', {
    summary: "List an event's reservations", route: 'GET /api/events/:id/reservations', roles: staff, query: listQuery(['-createdAt', 'createdAt'], {}), output: page(Reservation),
  }),
  getRequest: operation('events.reservation.get',
    { summary: "Read one of an event's reservations", route: 'GET /api/events/:id/reservations/:rid', params, roles: staff, output: Reservation }),
  changeRequest: operation('events.reservation.change', {
    summary: 'Change quantities and dates; decided again, all or nothing', route: 'PATCH /api/events/:id/reservations/:rid', params, roles: reservers,
    body: object({ lines: list(ChangedLine, 200, 1), allowPartial: optional(Type.Boolean()) }), output: Reservation, errors, settledBy: 'events.settlement.outcome',
  }),
  cancelRequest: operation('events.reservation.cancel', {
    summary: 'Cancel what is not handed out', route: 'DELETE /api/events/:id/reservations/:rid', params,
    roles: reservers, output: nullable(Reservation), status: 204, errors, settledBy: 'events.settlement.outcome',
  }),
  /** Asked by the gateway for whoever waits: the answer as it stands now, 202 while undecided. */
  settlementOutcome: operation('events.settlement.outcome', {
    summary: 'How a settlement was decided', route: null, roles: 'self', params: object({ settlementId: Id }),
    output: Type.Unknown(), errors: [...errors, 'event.dates-unavailable'],
  }),
};
