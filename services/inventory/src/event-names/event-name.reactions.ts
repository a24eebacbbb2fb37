/** Hears of events, to name them in refusals. */
import type { ServiceReaction } from '@regie/runtime';
import { transactMany } from '@regie/store';
import { mirrorNames } from './event-name.store.ts';

export const eventNames: ServiceReaction = {
  async handle(messages, { db, traceparent }) {
    await transactMany(db, messages.map(({ companyid }) => companyid), { actorId: null, traceparent }, (tx) => mirrorNames(tx, messages));
  },
};
