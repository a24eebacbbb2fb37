/** The service of customers' events on one page. */
import { events } from '@regie/contracts';
import type { ServiceParts } from '@regie/runtime';
import { customerOperations } from './customers/customer.operations.ts';
import { tables } from './database.ts';
import { eventOperations } from './events/event.operations.ts';
import { workflowOperations } from './events/workflow.operations.ts';
import { decisions } from './requests/request.reactions.ts';
import { requestOperations } from './requests/request.operations.ts';
import { settlementOperations } from './requests/settlement.operations.ts';

export const parts: ServiceParts<typeof events> = {
  contract: events,
  tables,
  operations: { ...customerOperations, ...eventOperations, ...workflowOperations, ...requestOperations, ...settlementOperations },
  reactions: { decisions },
};
