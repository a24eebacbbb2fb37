/** Inventory on one page: what there is, who has it when, and what is under repair. */
import { inventory } from '@regie/contracts';
import type { ServiceParts } from '@regie/runtime';
import { availabilityOperations } from './availability/availability.operations.ts';
import { companies } from './availability/company-zone.reactions.ts';
import { categoryOperations } from './categories/category.operations.ts';
import { tables } from './database.ts';
import { equipmentOperations } from './equipment/equipment.operations.ts';
import { eventNames } from './event-names/event-name.reactions.ts';
import { lossOperations } from './maintenance/loss.operations.ts';
import { maintenanceOperations } from './maintenance/maintenance.operations.ts';
import { people } from './people/person.reactions.ts';
import { reservationOperations } from './reservations/reservation.operations.ts';
import { settle } from './reservations/settlement.reactions.ts';
import { showSettling } from './reservations/settling.figures.ts';
import { watchTime } from './reservations/time.timer.ts';

export const parts: ServiceParts<typeof inventory> = {
  contract: inventory,
  tables,
  operations: { ...categoryOperations, ...equipmentOperations, ...availabilityOperations, ...reservationOperations, ...maintenanceOperations, ...lossOperations },
  reactions: { settle, eventNames, companies, people },
  alongside(reacting) {
    showSettling(reacting);
    return watchTime(reacting);
  },
};
