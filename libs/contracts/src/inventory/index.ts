/** Everything inventory can be asked and ordered, and everything it tells. */
import { eventFacts } from '../events/event-facts.ts';
import { userFacts } from '../identity/users.ts';
import { listener, service } from '../service.ts';
import { availabilityOperations } from './availability.ts';
import { categoryFacts, categoryOperations } from './categories.ts';
import { equipmentFacts, equipmentOperations } from './equipment.ts';
import { maintenanceFacts } from './maintenance-facts.ts';
import { maintenanceOperations } from './maintenance.ts';
import { reservationFacts, reservationOperations, settle } from './reservations.ts';

export * from './availability.ts';
export * from './categories.ts';
export * from './equipment.ts';
export * from './maintenance-facts.ts';
export * from './maintenance.ts';
export * from './reservations.ts';

export const inventory = service({
  name: 'inventory',
  operations: { ...categoryOperations, ...equipmentOperations, ...availabilityOperations, ...reservationOperations, ...maintenanceOperations },
  facts: { ...categoryFacts, ...equipmentFacts, ...reservationFacts, ...maintenanceFacts },
  commands: { settle },
  listeners: {
    /** Orders to decide reservations. */
    settle: listener('inventory-settle', [settle]),
    /** Event names for refusals: newer wins. */
    eventNames: listener('inventory-event-names', [eventFacts.eventCreated, eventFacts.eventChanged, eventFacts.eventArchived]),
    /** The time zone a company counts its days in: newer wins. */
    companies: listener('inventory-companies', [userFacts.companyCreated, userFacts.companyChanged]),
    /** Whom a repair may be given to: newer wins. */
    people: listener('inventory-people', [userFacts.userCreated, userFacts.userChanged, userFacts.userArchived]),
  },
});
