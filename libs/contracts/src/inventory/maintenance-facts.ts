/** Maintenance and losses as they are shown and told. Apart from their operations, since a return opens both. */
import { Count, Id, Instant, list, Money, Note, nullable, object, Quantity, stamps } from '../common.ts';
import { fact } from '../define.ts';
import { enumeration } from '../enumeration.ts';

export const MaintenancePriority = enumeration('maintenance-priority', { low: ['Low', 'Basse'], medium: ['Medium', 'Moyenne'], high: ['High', 'Haute'] });
export const MaintenanceStatus = enumeration('maintenance-status', {
  pending: ['Pending', 'En attente'], in_progress: ['In progress', 'En cours'], completed: ['Completed', 'Terminé'], cancelled: ['Cancelled', 'Annulé'],
});
export const LossStatus = enumeration('loss-status', { open: ['Open', 'Ouverte'], found: ['Found', 'Retrouvée'], written_off: ['Written off', 'Passée en perte'] });

const AtRisk = object({ reservationId: Id, lineId: Id, eventId: Id, short: Count });
export const Maintenance = object({
  ...stamps, equipmentId: Id, unitIds: list(Id, 1000), quantity: Quantity, priority: MaintenancePriority,
  status: MaintenanceStatus, problem: Note, solution: nullable(Note), cost: nullable(Money),
  technicianId: nullable(Id), startsAt: Instant, expectedEndAt: nullable(Instant), startedAt: nullable(Instant), completedAt: nullable(Instant), cancelReason: nullable(Note),
  /** Promises this maintenance puts at risk now. */
  atRisk: list(AtRisk, 500),
});
export const Loss = object({
  ...stamps, equipmentId: Id, reservationId: Id, lineId: Id, quantity: Quantity, status: LossStatus, note: nullable(Note), settledAt: nullable(Instant),
});

export const maintenanceFacts = {
  maintenanceOpened: fact('inventory.maintenance.opened', 1, Maintenance, { visibility: 'partner' }),
  maintenanceChanged: fact('inventory.maintenance.changed', 1, Maintenance, { visibility: 'partner' }),
  maintenanceCompleted: fact('inventory.maintenance.completed', 1, Maintenance, { visibility: 'partner' }),
  maintenanceCancelled: fact('inventory.maintenance.cancelled', 1, Maintenance, { visibility: 'partner' }),
  lossOpened: fact('inventory.loss.opened', 1, Loss, { visibility: 'partner' }),
  lossSettled: fact('inventory.loss.settled', 1, Loss, { visibility: 'partner' }),
};
