/** Events: list, plan, read, change, archive. */
import { eventFacts, isRefusal, reply, type Event, type Refusal, type eventOperations as contract } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale, uuid7, type Tx } from '@regie/store';
import { checkCustomer } from '../customers/customer.ts';
import { holdCustomer } from '../customers/customer.store.ts';
import { moveOrders } from '../requests/dates-move.ts';
import { liveRequests } from '../requests/request.store.ts';
import { orderSettlements } from '../requests/settlement.store.ts';
import { datesDiffer, instant, periodInvalid } from './dates.ts';
import { isOpen, newEvent, notOpen, patchBetween, patchedEvent, unknownEvent } from './event.ts';
import { insertEvent, listOfEvents, readEvent, saveEvent, savePendingDates } from './event.store.ts';
import { archived } from './workflow.ts';

const { eventCreated, eventChanged, eventArchived } = eventFacts;

export const eventOperations: HandlersIn<Pick<typeof contract, 'listEvents' | 'createEvent' | 'getEvent' | 'patchEvent' | 'archiveEvent'>> = {
  async listEvents(input, { tx }) {
    if (input.from !== undefined && input.to !== undefined && instant(input.to) <= instant(input.from)) return periodInvalid('?to');
    return listOfEvents(tx, input);
  },

  async createEvent(sent, { tx, caller, now, tell }) {
    const event = newEvent(sent, { id: uuid7(now.getTime()), createdBy: caller.id, now });
    if (isRefusal(event)) return event;
    const unknown = await checkReferences(tx, event);
    if (unknown) return unknown;
    await insertEvent(tx, event);
    tell(eventCreated, event, { version: 1, changes: changesBetween({}, event) });
    return reply(event, { version: 1 });
  },

  async getEvent({ id }, { tx }) {
    const kept = await readEvent(tx, id);
    return kept ? reply(kept.event, { version: kept.version }) : unknownEvent();
  },

  async patchEvent({ id, ...patch }, { tx, caller, now, expectedVersion, tell }) {
    const kept = await readEvent(tx, id, 'update');
    if (!kept) return unknownEvent();
    if (expectedVersion !== undefined && expectedVersion !== kept.version) return stale();
    if (!isOpen(kept.event)) return notOpen();
    const wanted = patchedEvent(kept.event, patch, now);
    if (isRefusal(wanted)) return wanted;
    const changes = changesBetween(kept.event, wanted);
    if (Object.keys(changes).length === 0) return reply(kept.event, { version: kept.version });
    const unknown = await checkReferences(tx, wanted, kept.event);
    if (unknown) return unknown;
    const revisions = datesDiffer(kept.event, wanted) ? moveOrders(kept, wanted, await liveRequests(tx, id, true)) : [];
    if ('code' in revisions) return revisions;
    if (revisions.length > 0) {
      // Nothing moves before all of it may: the event keeps its dates until inventory has decided.
      const settles = uuid7(now.getTime());
      orderSettlements(tx, kept.event, caller.language, [{ id: settles, kind: 'dates', revisions, patch: patchBetween(kept.event, wanted) }]);
      await savePendingDates(tx, id, settles);
      return reply(kept.event, { status: 202, version: kept.version, settles, location: `/api/events/${id}` });
    }
    const after = await saveEvent(tx, { ...kept, event: wanted });
    tell(eventChanged, after.event, { version: after.version, changes });
    return reply(after.event, { version: after.version });
  },

  async archiveEvent({ id }, { tx, now, expectedVersion, tell }) {
    const kept = await readEvent(tx, id, 'update');
    if (!kept) return unknownEvent();
    if (expectedVersion !== undefined && expectedVersion !== kept.version) return stale();
    if (kept.event.archivedAt !== null) return null;
    const wanted = archived(kept.event, (await liveRequests(tx, id)).map((request) => request.id), now);
    if (isRefusal(wanted)) return wanted;
    const after = await saveEvent(tx, { ...kept, event: wanted });
    tell(eventArchived, after.event, { version: after.version, changes: changesBetween(kept.event, after.event) });
    return null;
  },
};

/** Is there such a customer, with such a contact? Only asked when one of them changes: an archived customer stays with its events. */
async function checkReferences(tx: Tx, event: Event, before?: Event): Promise<Refusal<'not-found'> | null> {
  if (before?.customerId === event.customerId && before.contactId === event.contactId) return null;
  return checkCustomer(event, event.customerId === null ? undefined : await holdCustomer(tx, event.customerId));
}
