/** Maintenance and losses: what takes a quantity out of service. */
import { handlers, staff, warehouse } from '../caller.ts';
import { Count, Id, Instant, list, listQuery, Money, Note, nullable, object, optional, page, Quantity } from '../common.ts';
import { operation } from '../define.ts';
import { equipmentFacts } from './equipment.ts';
import { Loss, LossStatus, Maintenance, maintenanceFacts, MaintenancePriority, MaintenanceStatus } from './maintenance-facts.ts';
import { reservationFacts } from './reservations.ts';

const { maintenanceOpened, maintenanceChanged, maintenanceCompleted, maintenanceCancelled, lossSettled } = maintenanceFacts;
const { reservationRiskChanged } = reservationFacts;
const { equipmentChanged } = equipmentFacts;

export const maintenanceOperations = {
  listMaintenance: operation('inventory.maintenance.list', {
    summary: 'List maintenance', route: 'GET /api/maintenance', roles: staff,
    query: listQuery(['-createdAt', 'createdAt'],
      { priority: optional(MaintenancePriority), status: optional(MaintenanceStatus), equipmentId: optional(Id), technicianId: optional(Id) }),
    output: page(Maintenance),
  }),
  openMaintenance: operation('inventory.maintenance.open', {
    summary: 'Take a quantity out of service; none named takes all', route: 'POST /api/maintenance', roles: warehouse,
    body: object({
      equipmentId: Id, unitIds: optional(list(Id, 1000, 1)), quantity: optional(Quantity), priority: MaintenancePriority, problem: Note,
      startsAt: optional(Instant), expectedEndAt: optional(Instant), technicianId: optional(Id),
    }),
    output: Maintenance, status: 201, errors: ['period.invalid', 'period.too-long', 'maintenance.units-required', 'maintenance.state'],
    emits: [maintenanceOpened, reservationRiskChanged],
  }),
  getMaintenance: operation('inventory.maintenance.get', { summary: 'Read one maintenance', route: 'GET /api/maintenance/:id', roles: staff, output: Maintenance }),
  patchMaintenance: operation('inventory.maintenance.patch', {
    summary: 'Change a maintenance', route: 'PATCH /api/maintenance/:id', roles: handlers,
    body: object({
      priority: optional(MaintenancePriority), problem: optional(Note), solution: optional(nullable(Note)),
      cost: optional(nullable(Money)), technicianId: optional(nullable(Id)), expectedEndAt: optional(nullable(Instant)),
    }),
    output: Maintenance, errors: ['maintenance.state', 'period.invalid'], emits: [maintenanceChanged, reservationRiskChanged],
  }),
  startMaintenance: operation('inventory.maintenance.start', {
    summary: 'Start the repair; changes only the status', route: 'POST /api/maintenance/:id/start', roles: handlers,
    body: object({}), output: Maintenance, errors: ['maintenance.state'], emits: [maintenanceChanged],
  }),
  completeMaintenance: operation('inventory.maintenance.complete', {
    summary: 'Put the quantity back into service, less what is scrapped', route: 'POST /api/maintenance/:id/complete', roles: handlers,
    body: object({ solution: Note, cost: optional(Money), scrapped: optional(Count) }), output: Maintenance,
    errors: ['maintenance.state', 'request.invalid'], emits: [maintenanceCompleted, equipmentChanged, reservationRiskChanged],
  }),
  cancelMaintenance: operation('inventory.maintenance.cancel', {
    summary: 'Cancel: nothing was wrong', route: 'POST /api/maintenance/:id/cancel', roles: warehouse, body: object({ reason: Note }),
    output: Maintenance, errors: ['maintenance.state'], emits: [maintenanceCancelled, reservationRiskChanged],
  }),
  listLosses: operation('inventory.loss.list', {
    summary: 'List losses', route: 'GET /api/losses', roles: staff,
    query: listQuery(['-createdAt', 'createdAt'], { status: optional(LossStatus), equipmentId: optional(Id) }), output: page(Loss),
  }),
  findLoss: operation('inventory.loss.found', {
    summary: 'The missing pieces turned up', route: 'POST /api/losses/:id/found', roles: warehouse,
    body: object({}), output: Loss, errors: ['loss.state'], emits: [lossSettled, reservationRiskChanged],
  }),
  writeOffLoss: operation('inventory.loss.write-off', {
    summary: 'The missing pieces are gone: the total falls', route: 'POST /api/losses/:id/write-off', roles: warehouse, body: object({}), output: Loss,
    errors: ['loss.state'], emits: [lossSettled, equipmentChanged, reservationRiskChanged],
  }),
};
