/** The answers the story reads, as the contracts declare them. Types only: the demo talks to the system over HTTP like anybody else. */
import type {
  AuditEntry as AuditEntrySchema,
  auditOperations,
  availabilityOperations,
  Equipment as EquipmentSchema,
  equipmentOperations,
  Event,
  Maintenance as MaintenanceSchema,
  OutputOf,
  Problem,
  Reservation,
  reservationOperations,
  sessionOperations,
  Shortage,
  Static,
} from '@regie/contracts';

export type { Reservation, Shortage };
export type PlannedEvent = Event;
export type Equipment = Static<typeof EquipmentSchema>;
export type Maintenance = Static<typeof MaintenanceSchema>;
export type AuditEntry = Static<typeof AuditEntrySchema>;
export type ImportReport = OutputOf<typeof equipmentOperations.importEquipment>;
export type Availability = OutputOf<typeof availabilityOperations.queryAvailability>;
export type HandedOver = OutputOf<typeof reservationOperations.returnReservation>;
export type Registered = OutputOf<typeof sessionOperations.register>;
export type LoggedIn = OutputOf<typeof sessionOperations.login>;
export type Verified = OutputOf<typeof auditOperations.verifyAudit>;

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** A refusal of a reservation: the problem, and why line by line. */
export type Refused = Problem & { shortages?: Shortage[] };
