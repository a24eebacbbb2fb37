/** Hears of people, to know whom a repair may be given to. */
import type { ServiceReaction } from '@regie/runtime';
import { transactMany } from '@regie/store';
import { mirrorPeople } from './person.store.ts';

export const people: ServiceReaction = {
  async handle(messages, { db, traceparent }) {
    // People alone belong to no company: nothing is given to them here.
    const ours = messages.filter(({ data }) => (data as { companyId: string | null }).companyId !== null);
    if (ours.length === 0) return;
    await transactMany(db, ours.map(({ companyid }) => companyid), { actorId: null, traceparent }, (tx) => mirrorPeople(tx, ours));
  },
};
