/** Requests that come in together: read, decided one after the other and written a group at a time. */
import { reply, type Answer, type OutputOf, type Reply, type requestOperations as contract } from '@regie/contracts';
import type { Asked } from '@regie/runtime';
import { uuid7, type Tx } from '@regie/store';
import { unknownEvent, type KeptEvent } from '../events/event.ts';
import { shareEvents } from '../events/event.store.ts';
import { acceptedLines, addRequest, standingOf, type Standing } from './acceptance.ts';
import { requestView, versionOf, type KeptRequest } from './request.ts';
import { linesInEvents, undecidedInEvents } from './request.store.ts';
import { placeOf } from './settlement.ts';
import { giveOrders, type GivenOrder } from './settlement.store.ts';

type Operation = typeof contract.requestReservation;
type Request = Asked<Operation>;
export type Accepted = Reply<OutputOf<Operation>>;

/** Accepts requests of any companies in one transaction. Each finds what was accepted before it, as if they had come one by one. */
export async function acceptRequests(many: readonly Request[], { tx, now }: { readonly tx: Tx; readonly now: Date }): Promise<Answer<Operation>[]> {
  const { events, standing } = await readStanding(tx, many);
  const newId = () => uuid7(now.getTime());
  const orders: GivenOrder[] = [];
  const answers = many.map((request, index): Answer<Operation> => {
    const { input: { id: eventId, lines: asked, allowPartial = false }, caller, companyId, work } = request;
    const event = events[index];
    if (!event) return unknownEvent();
    const before = standing.get(event)!;
    const lines = acceptedLines(before, asked, { now, newId });
    if ('code' in lines) return lines;
    const [id, settlementId] = [newId(), newId()];
    const at = now.toISOString();
    const kept = { id, eventId, revision: 0, decided: 0, requestedBy: caller.id, createdAt: at, updatedAt: at, state: null, sequence: 0, out: 0 };
    addRequest(before, id, lines);
    orders.push({ id: settlementId, kind: 'request', event: event.event, language: caller.language, work: { ...work, companyId }, revisions: [{ request: kept, allowPartial, lines }] });
    return pending({ ...kept, revision: 1, allowPartial, settlementId, lines }, settlementId);
  });
  await giveOrders(tx, orders);
  return answers;
}

interface Found {
  /** One for each request; undefined where its company has no such event. */
  readonly events: readonly (KeptEvent | undefined)[];
  readonly standing: ReadonlyMap<KeptEvent, Standing>;
}

/** Each event once, held as it is, with what stands in it for the requests that ask for it. */
async function readStanding(tx: Tx, many: readonly Request[]): Promise<Found> {
  const asking = [...Map.groupBy(many, ({ companyId, input }) => `${companyId} ${input.id}`.toLowerCase()).values()].map((own) => ({
    own, companyId: own[0]!.companyId, eventId: own[0]!.input.id, equipmentIds: [...new Set(own.flatMap(({ input }) => input.lines.map(({ equipmentId }) => equipmentId)))],
  }));
  // One trip: the lines are read once the events are held.
  const [found, lines] = await Promise.all([shareEvents(tx, asking.map(({ companyId, eventId }) => ({ companyId, id: eventId }))), linesInEvents(tx, asking)]);
  const moving = asking.filter((_, index) => (found[index]?.pendingDates ?? null) !== null);
  const undecided = moving.length === 0 ? [] : await undecidedInEvents(tx, moving);
  const ofMoving = new Map(moving.map((one, index) => [one, undecided[index]!]));
  const ofRequest = new Map(asking.flatMap(({ own }, index) => own.map((request) => [request, found[index]] as const)));
  const standing = asking.flatMap((one, index): (readonly [KeptEvent, Standing])[] => {
    const event = found[index];
    return event ? [[event, standingOf(event, lines[index]!, ofMoving.get(one) ?? [])]] : [];
  });
  return { events: many.map((request) => ofRequest.get(request)), standing: new Map(standing) };
}

/** Asked, and not decided yet. @param settles the settlement that will decide it */
export const pending = (request: KeptRequest, settles: string): Accepted =>
  reply(requestView(request), { status: 202, version: versionOf(request), settles, location: placeOf(request) });
