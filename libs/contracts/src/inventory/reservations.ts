/** Reservations: a quantity of equipment promised to an event for a period. Events owns the request and the answer, inventory the lines. */
import Type, { type Static } from 'typebox';
import { handlers, staff } from '../caller.ts';
import { Count, Id, Instant, list, listQuery, Name, Note, nullable, object, optional, page, Quantity, stamps } from '../common.ts';
import { command, fact, operation } from '../define.ts';
import { enumeration } from '../enumeration.ts';
import { maintenanceFacts } from './maintenance-facts.ts';

export const ReservationStatus = enumeration('reservation-status', {
  requested: ['Requested', 'Demandé'], reserved: ['Reserved', 'Réservé'], delivered: ['Delivered', 'Livré'], returned: ['Returned', 'Retourné'],
  rejected: ['Refused', 'Refusé'], cancelled: ['Cancelled', 'Annulé'],
});
export type ReservationStatus = Static<typeof ReservationStatus>;

export const ShortageReason = object({
  kind: Type.Enum(['reserved', 'maintenance', 'late']), eventId: nullable(Id), eventName: nullable(Name), from: Instant, to: nullable(Instant), quantity: Count,
});
/** Why a line is refused, and what would succeed instead. `lost` pieces are no reason: they lower the total. */
export const Shortage = object({
  equipmentId: Id, requested: Count, available: Count, reasons: list(ShortageReason, 50), nextFreeAt: nullable(Instant),
  alternatives: list(object({ equipmentId: Id, reference: Type.String(), available: Count }), 5),
});
export type Shortage = Static<typeof Shortage>;

export const ReservationLine = object({
  id: Id, equipmentId: Id, kitId: nullable(Id), quantity: Quantity, from: Instant, to: Instant, status: ReservationStatus,
  delivered: Count, returned: Count, damaged: Count, missing: Count, late: Type.Boolean(), atRisk: Type.Boolean(),
});

/** The same at both addresses, events' and inventory's. */
export const Reservation = object({
  ...stamps, eventId: Id, status: ReservationStatus, lines: list(ReservationLine, 500), shortages: list(Shortage, 500), requestedBy: nullable(Id), decidedAt: nullable(Instant),
});
export type Reservation = Static<typeof Reservation>;

/** The desired state of one reservation: no lines cancels it. The newest revision wins. */
const DesiredLine = object({ id: Id, equipmentId: Id, kitId: nullable(Id), quantity: Quantity, from: Instant, to: Instant });
export const Desired = object({ id: Id, revision: Type.Integer({ minimum: 1 }), allowPartial: Type.Boolean(), requestedBy: nullable(Id), lines: list(DesiredLine, 200) });

/** Decide these reservations of one event together: all as asked, or none changes (unless `allowPartial`). */
export const settle = command('inventory.settle', 1, object({ settlementId: Id, eventId: Id, eventName: Name, reservations: list(Desired, 2_000, 1) }), { slots: 8 });

/** `accepted`: it is as desired; `refused`: it stays as it was; `superseded`: a newer revision was decided before this one came. */
export const DecisionOutcome = enumeration('decision-outcome', {
  accepted: ['Accepted', 'Accepté'], refused: ['Refused', 'Refusé'], superseded: ['Superseded', 'Remplacé'],
});

/** The reservation after a decision, with the decision: which revision was decided and how. */
const Decided = object({
  ...Reservation.properties, revision: Type.Integer({ minimum: 1 }), outcome: DecisionOutcome, settlementId: Id,
  /** Refusal by an unknown equipment names it; the waiter is answered 404. */
  unknownEquipmentIds: list(Id, 200),
  /** Equipment the event has already for an overlapping period; the waiter is answered 409 `reservation.duplicate`. */
  duplicateEquipmentIds: list(Id, 200),
  /** Lines handed out that the order would have dropped or shrunk below what left; the waiter is answered 409 `reservation.state`. */
  heldLineIds: optional(list(Id, 500)),
});
export type Decided = Static<typeof Decided>;

export const reservationFacts = {
  /** A desired state was accepted: new, changed or moved. */
  reservationReserved: fact('inventory.reservation.reserved', 1, Decided, { visibility: 'partner' }),
  /** A desired state was refused; an earlier accepted state goes on. */
  reservationRejected: fact('inventory.reservation.rejected', 1, Decided, { visibility: 'partner' }),
  reservationCancelled: fact('inventory.reservation.cancelled', 1, Decided, { visibility: 'partner' }),
  reservationDelivered: fact('inventory.reservation.delivered', 1, Reservation, { visibility: 'partner' }),
  reservationReturned: fact('inventory.reservation.returned', 1, Reservation, { visibility: 'partner' }),
  /** Its lines at risk changed: capacity fell below what is promised, or rose again; or something of it is late now. */
  reservationRiskChanged: fact('inventory.reservation.risk-changed', 1, Reservation, { visibility: 'partner' }),
};
const { reservationDelivered, reservationReturned } = reservationFacts;

const moves = list(object({ lineId: Id, quantity: Quantity }), 200, 1);
const HandedOver = object({ ...Reservation.properties, maintenanceIds: list(Id, 200), lossIds: list(Id, 200) });

export const reservationOperations = {
  listReservations: operation('inventory.reservation.list', {
    summary: 'List reservations', route: 'GET /api/reservations', roles: staff,
    query: listQuery(['-createdAt', 'createdAt'], {
      eventId: optional(Id), equipmentId: optional(Id), status: optional(ReservationStatus),
      from: optional(Instant), to: optional(Instant), late: optional(Type.Boolean()),
    }),
    output: page(Reservation), errors: ['period.invalid'],
  }),
  getReservation: operation('inventory.reservation.get', { summary: 'Read one reservation', route: 'GET /api/reservations/:id', roles: staff, output: Reservation }),
  deliverReservation: operation('inventory.reservation.deliver', {
    summary: 'Hand out, by quantity; an empty body hands out all that is left', route: 'POST /api/reservations/:id/deliver', roles: handlers,
    body: object({ lines: optional(moves), at: optional(Instant) }), output: HandedOver,
    errors: ['reservation.state', 'reservation.early-unavailable', 'reservation.more-than-out', 'period.invalid'],
    emits: [reservationDelivered, reservationFacts.reservationRiskChanged],
  }),
  returnReservation: operation('inventory.reservation.return', {
    summary: 'Take back, by quantity; damaged pieces open a maintenance, missing ones a loss', route: 'POST /api/reservations/:id/return', roles: handlers,
    body: object({
      lines: optional(moves), damaged: optional(list(object({ lineId: Id, quantity: Quantity, note: Note }), 200, 1)),
      missing: optional(list(object({ lineId: Id, quantity: Quantity, note: optional(Note) }), 200, 1)), at: optional(Instant),
    }),
    output: HandedOver, errors: ['reservation.state', 'reservation.more-than-out', 'period.invalid'],
    emits: [reservationReturned, reservationFacts.reservationRiskChanged, maintenanceFacts.maintenanceOpened, maintenanceFacts.lossOpened],
  }),
};
