/** Everything the service of customers' events can be asked, and everything it tells and orders. */
import { reservationFacts, settle } from '../inventory/reservations.ts';
import { listener, service } from '../service.ts';
import { customers } from './customers.ts';
import { eventFacts } from './event-facts.ts';
import { eventOperations } from './events.ts';
import { requestOperations } from './requests.ts';

export * from './customers.ts';
export * from './event-facts.ts';
export * from './events.ts';
export * from './requests.ts';

export const events = service({
  name: 'events',
  operations: {
    listCustomers: customers.operations.list, getCustomer: customers.operations.get, createCustomer: customers.operations.create,
    patchCustomer: customers.operations.patch, archiveCustomer: customers.operations.archive,
    ...eventOperations, ...requestOperations,
  },
  facts: { customerCreated: customers.facts.created, customerChanged: customers.facts.changed, customerArchived: customers.facts.archived, ...eventFacts },
  commands: {},
  orders: [settle],
  listeners: {
    /** Reservations as inventory decided and moved them: a mirror, and the news for whoever waits. */
    decisions: listener('events-decisions', Object.values(reservationFacts)),
  },
});
