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
  const events = await shareEvents(tx, many.map(({ companyId, input }) => ({ companyId, id: input.id })));
  const standing = await readStanding(tx, many, events);
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

/** Each event once, with what stands in it for the requests that ask for it. */
async function readStanding(tx: Tx, many: readonly Request[], events: readonly (KeptEvent | undefined)[]): Promise<Map<KeptEvent, Standing>> {
  const asking = Map.groupBy(many.flatMap((request, index) => (events[index] ? [{ request, event: events[index] }] : [])), ({ event }) => event);
  const wanted = [...asking].map(([event, own]) => ({
    event, companyId: own[0]!.request.companyId, eventId: event.event.id,
    equipmentIds: [...new Set(own.flatMap(({ request }) => request.input.lines.map(({ equipmentId }) => equipmentId)))],
  }));
  if (wanted.length === 0) return new Map();
  const lines = await linesInEvents(tx, wanted);
  const moving = wanted.filter(({ event }) => event.pendingDates !== null);
  const undecided = moving.length === 0 ? [] : await undecidedInEvents(tx, moving);
  const ofMoving = new Map(moving.map(({ event }, index) => [event, undecided[index]!]));
  return new Map(wanted.map(({ event }, index) => [event, standingOf(event, lines[index]!, ofMoving.get(event) ?? [])]));
}

/** Asked, and not decided yet. @param settles the settlement that will decide it */
export const pending = (request: KeptRequest, settles: string): Accepted =>
  reply(requestView(request), { status: 202, version: versionOf(request), settles, location: placeOf(request) });
