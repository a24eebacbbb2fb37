/** Reservation requests: accepted here, decided by inventory, followed to their decision. */
import { isRefusal, reply, type Refusal, type requestOperations as contract } from '@regie/contracts';
import { together, type HandlersIn } from '@regie/runtime';
import { stale, uuid7, type Tx } from '@regie/store';
import { wholeOf } from '../events/dates.ts';
import { unknownEvent, type KeptEvent } from '../events/event.ts';
import { readEvent } from '../events/event.store.ts';
import { takesRequests } from './acceptance.ts';
import { acceptRequests, pending, readStanding, type Accepted } from './acceptance.operations.ts';
import { changedLines, clashing, type Line } from './lines.ts';
import { cancellation, requestView, unchangeable, unknownReservation, versionOf, type KeptRequest } from './request.ts';
import { linesOfSameEquipment, listOfRequests, readRequest, undecidedInEvents } from './request.store.ts';
import type { Kind, Revision } from './settlement.ts';
import { orderSettlements } from './settlement.store.ts';

export const requestOperations = {
  requestReservation: together(acceptRequests, readStanding),

  async listRequests({ id: eventId, ...query }, { tx }) {
    if (!(await readEvent(tx, eventId))) return unknownEvent();
    const page = await listOfRequests(tx, eventId, query);
    return isRefusal(page) ? page : { items: page.requests.map(requestView), nextCursor: page.nextCursor };
  },

  async getRequest({ id: eventId, rid }, { tx }) {
    const request = await readRequest(tx, eventId, rid);
    return request ? reply(requestView(request), { version: versionOf(request) }) : unknownReservation();
  },

  async changeRequest({ id: eventId, rid, lines: asked, allowPartial = false }, { tx, caller, now, expectedVersion }) {
    const event = await openEvent(tx, eventId);
    if (isRefusal(event)) return event;
    const request = await readRequest(tx, eventId, rid, true);
    if (!request) return unknownReservation();
    if (expectedVersion !== undefined && expectedVersion !== versionOf(request)) return stale();
    const over = unchangeable(request);
    if (over) return over;
    const lines = changedLines(asked, request.lines, request.state, { whole: wholeOf(event.event), now, newId: () => uuid7(now.getTime()) });
    if ('code' in lines) return lines;
    const clash = await clashIn(tx, eventId, lines, rid);
    if (clash) return clash;
    return order(tx, event, caller.language, 'change', request, { allowPartial, lines });
  },

  async cancelRequest({ id: eventId, rid }, { tx, caller, expectedVersion }) {
    // Whatever the event's status: what was promised to it can always be given back.
    const event = await readEvent(tx, eventId, 'share');
    const request = event && (await readRequest(tx, eventId, rid, true));
    if (!event || !request) return unknownReservation();
    if (expectedVersion !== undefined && expectedVersion !== versionOf(request)) return stale();
    const step = cancellation(request);
    if (step === 'done') return null;
    if (step === 'asked') return pending(request, request.settlementId);
    if (isRefusal(step)) return step;
    return order(tx, event, caller.language, 'cancel', request, { allowPartial: false, lines: [] });
  },
} satisfies HandlersIn<Omit<typeof contract, 'settlementOutcome'>>;

/** The event, held as it is, when reservations may be asked of it. */
async function openEvent(tx: Tx, id: string): Promise<KeptEvent | Refusal<'not-found' | 'event.state' | 'event.lines-undecided'>> {
  const event = await readEvent(tx, id, 'share');
  if (!event) return unknownEvent();
  const [undecided] = event.pendingDates === null ? [[]] : await undecidedInEvents(tx, [{ companyId: tx.companyId, eventId: id }]);
  return takesRequests(event, undecided!) ?? event;
}

/** Does another reservation of the event have the same equipment? Inventory asks it again when it decides. */
const clashIn = async (tx: Tx, eventId: string, lines: readonly Line[], except?: string): Promise<Refusal<'reservation.duplicate'> | null> =>
  clashing(lines, await linesOfSameEquipment(tx, eventId, [...new Set(lines.map(({ equipmentId }) => equipmentId))], except));

/** Writes the next revision, orders its decision and answers it as it is asked. */
function order(
  tx: Tx, { event }: KeptEvent, language: 'en' | 'fr', kind: Kind,
  request: Omit<KeptRequest, 'lines' | 'allowPartial' | 'settlementId'>, { allowPartial, lines }: Omit<Revision, 'request'>,
): Accepted {
  const settlementId = uuid7(tx.now.getTime());
  orderSettlements(tx, event, language, [{ id: settlementId, kind, revisions: [{ request, allowPartial, lines }] }]);
  return pending({ ...request, revision: request.revision + 1, updatedAt: tx.now.toISOString(), allowPartial, settlementId, lines }, settlementId);
}
