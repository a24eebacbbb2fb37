/** Requests that come in together: read, decided one after the other and written a group at a time. */
import { reply, type Answer, type OutputOf, type Reply, type requestOperations as contract } from '@regie/contracts';
import type { Asked } from '@regie/runtime';
import { uuid7, type Beginning, type Tx } from '@regie/store';
import { unknownEvent, type EventToFill } from '../events/event.ts';
import { shareEvents } from '../events/event.store.ts';
import { acceptedLines, addRequest, standingOf, type Standing } from './acceptance.ts';
import { requestView, versionOf, type KeptRequest } from './request.ts';
import { linesInEvents, undecidedInEvents } from './request.store.ts';
import { placeOf } from './settlement.ts';
import { giveOrders, type GivenOrder } from './settlement.store.ts';

type Operation = typeof contract.requestReservation;
type Request = Asked<Operation>;
export type Accepted = Reply<OutputOf<Operation>>;

/**
 * Accepts requests of any companies in one transaction. Each finds what was accepted before it, as if they had come one by one.
 * @param found what `readStanding` found for them
 */
export function acceptRequests(many: readonly Request[], { tx, now, found }: { readonly tx: Tx; readonly now: Date; readonly found: Found }): Promise<Answer<Operation>[]> {
  const newId = () => uuid7(now.getTime());
  const orders: GivenOrder[] = [];
  const answers = many.map(({ input, caller, companyId, work }): Answer<Operation> => {
    const { id: eventId, lines: asked, allowPartial = false } = input;
    const before = found.get(input);
    if (!before) return unknownEvent();
    const lines = acceptedLines(before, asked, { now, newId });
    if ('code' in lines) return lines;
    const [id, settlementId] = [newId(), newId()];
    const at = now.toISOString();
    const kept = { id, eventId, revision: 0, decided: 0, requestedBy: caller.id, createdAt: at, updatedAt: at, state: null, sequence: 0, out: 0 };
    addRequest(before, id, lines);
    orders.push({
      id: settlementId, kind: 'request', event: before.event.event, language: caller.language,
      work: { ...work, companyId }, revisions: [{ request: kept, allowPartial, lines }],
    });
    return pending({ ...kept, revision: 1, allowPartial, settlementId, lines }, settlementId);
  });
  giveOrders(tx, orders);
  return Promise.resolve(answers);
}

/** What stands in the event that an input asks for: one for all that ask for the same; none where its company has no such event. */
type Found = ReadonlyMap<Request['input'], Standing>;

/** Each event once, held as it is, with what stands in it for the requests that ask for it. */
export async function readStanding(many: readonly Pick<Request, 'input' | 'companyId'>[], tx: Beginning): Promise<Found> {
  const asking = [...Map.groupBy(many, ({ companyId, input }) => `${companyId} ${input.id}`.toLowerCase()).values()].map((own) => ({
    own, companyId: own[0]!.companyId, eventId: own[0]!.input.id, equipmentIds: [...new Set(own.flatMap(({ input }) => input.lines.map(({ equipmentId }) => equipmentId)))],
  }));
  // One trip: the lines are read once the events are held.
  const [found, lines] = await Promise.all([shareEvents(tx, asking.map(({ companyId, eventId }) => ({ companyId, id: eventId }))), linesInEvents(tx, asking)]);
  const moving = asking.filter((_, index) => (found[index]?.pendingDates ?? null) !== null);
  const undecided = moving.length === 0 ? [] : await undecidedInEvents(tx, moving);
  const ofMoving = new Map(moving.map((one, index) => [one, undecided[index]!]));
  return new Map(asking.flatMap((one, index): (readonly [Request['input'], Standing])[] => {
    const event: EventToFill | undefined = found[index];
    if (!event) return [];
    const standing = standingOf(event, lines[index]!, ofMoving.get(one) ?? []);
    return one.own.map(({ input }) => [input, standing]);
  }));
}

/** Asked, and not decided yet. @param settles the settlement that will decide it */
export const pending = (request: KeptRequest, settles: string): Accepted =>
  reply(requestView(request), { status: 202, version: versionOf(request), settles, location: placeOf(request) });
