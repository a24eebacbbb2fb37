/** How a settlement was decided, for whoever missed the notice: asked by the gateway. */
import { notFound, type requestOperations } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { outcomeOf } from './settlement.ts';
import { readSettlement } from './settlement.store.ts';

export const settlementOperations: HandlersIn<Pick<typeof requestOperations, 'settlementOutcome'>> = {
  async settlementOutcome({ settlementId }, { tx }) {
    const settlement = await readSettlement(tx, settlementId);
    return settlement ? outcomeOf(settlement) : notFound({ en: 'settlement', fr: 'décision' });
  },
};
