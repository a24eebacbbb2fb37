/** Hears of companies, to know in which zone their days begin. */
import type { ServiceReaction } from '@regie/runtime';
import { transactMany } from '@regie/store';
import { mirrorZones } from './company-zone.store.ts';

export const companies: ServiceReaction = {
  async handle(messages, { db, traceparent }) {
    // A company is told of before anybody acts in it: its row here belongs to itself.
    const own = messages.map((message) => ({ ...message, companyid: message.subject }));
    await transactMany(db, own.map(({ companyid }) => companyid), { actorId: null, traceparent }, (tx) => mirrorZones(tx, own));
  },
};
