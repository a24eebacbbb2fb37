/** Events start, are completed, are cancelled. */
import { eventFacts, isRefusal, reply, type Event, type Refusal, type Reply, type ProblemCode, type eventOperations as contract } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale, uuid7, type Tx } from '@regie/store';
import { linesLeft } from '../requests/lines.ts';
import { isUndecided, type KeptRequest } from '../requests/request.ts';
import { liveRequests } from '../requests/request.store.ts';
import { orderSettlements } from '../requests/settlement.store.ts';
import { unknownEvent } from './event.ts';
import { readEvent, saveEvent } from './event.store.ts';
import { cancelled, completed, started, type How, type Situation } from './workflow.ts';

const { eventChanged } = eventFacts;
type Told = (fact: typeof eventChanged, state: Event, about: { version: number; changes: ReturnType<typeof changesBetween> }) => void;
interface Stepping { readonly tx: Tx; readonly expectedVersion: number | undefined; readonly tell: Told }

export const workflowOperations: HandlersIn<Pick<typeof contract, 'startEvent' | 'completeEvent' | 'cancelEvent'>> = {
  startEvent: ({ id, ...how }, context) => step(id, how, context, started),
  completeEvent: ({ id, ...how }, context) => step(id, how, context, completed),
  cancelEvent: ({ id, ...how }, context) => step(id, how, context, cancelled, (live, event) => orderCancellations(context.tx, event, context.caller.language, live)),
};

/** One step of the way: load and lock, decide, save, tell. @param after what else the step does, with the reservations that are open */
async function step<Code extends ProblemCode>(
  id: string, how: How, { tx, expectedVersion, tell }: Stepping, decide: (event: Event, situation: Situation, how: How) => Event | Refusal<Code>,
  after: (live: readonly KeptRequest[], event: Event) => void = () => undefined,
): Promise<Reply<Event> | Refusal<Code | 'not-found' | 'request.stale'>> {
  const kept = await readEvent(tx, id, 'update');
  if (!kept) return unknownEvent();
  if (expectedVersion !== undefined && expectedVersion !== kept.version) return stale();
  const live = await liveRequests(tx, id, true);
  const wanted = decide(kept.event, { undecided: live.filter(isUndecided).map((one) => one.id), out: live.filter(({ out }) => out > 0).map((one) => one.id) }, how);
  if (isRefusal(wanted)) return wanted as Refusal<Code>;
  const saved = await saveEvent(tx, { ...kept, event: wanted });
  // The reason goes into the trail with the step it forced; an event keeps only why it was cancelled.
  const forced = how.force ? { forceReason: [null, how.reason] as const } : {};
  tell(eventChanged, saved.event, { version: saved.version, changes: { ...changesBetween(kept.event, saved.event), ...forced } });
  after(live, saved.event);
  return reply(saved.event, { version: saved.version });
}

/** Cancels what is not handed out, each reservation for itself: one that is handed out in this moment keeps none of the others. */
function orderCancellations(tx: Tx, event: Event, language: 'en' | 'fr', live: readonly KeptRequest[]): void {
  const orders = live.flatMap((request) => {
    const lines = linesLeft(request.lines, request.state);
    const nothingToDo = lines.length === request.lines.length && lines.every(({ quantity }, index) => quantity === request.lines[index]!.quantity);
    return nothingToDo ? [] : [{ id: uuid7(tx.now.getTime()), kind: 'cancel' as const, revisions: [{ request, allowPartial: false, lines }] }];
  });
  orderSettlements(tx, event, language, orders);
}
