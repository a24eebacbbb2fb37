/** Inventory's reservations as they are told: mirrored, and the news for whoever waits. In any order and any number of times the end is the same. */
import { encodeAnswer, tellDone, type Heard } from '@regie/bus';
import { eventFacts, eventOperations, requestOperations, type Caller, type Decided, type Operation, type Reservation } from '@regie/contracts';
import type { ServiceReaction } from '@regie/runtime';
import { changesBetween, transactManyAhead, type Beginning, type Tx } from '@regie/store';
import { isOpen, type KeptEvent } from '../events/event.ts';
import { holdMoving, saveEvent, savePendingDates } from '../events/event.store.ts';
import type { KeptRequest } from './request.ts';
import { mirrorReservations, requestsOfSettlements, toldIn } from './request.store.ts';
import { outcomeOf, verdictOf, type Kind, type Settlement, type Verdict } from './settlement.ts';
import { byId, decisionsOf, holdSettlements, noteDecisions, outcomesOf, saveVerdicts, type Held, type Told } from './settlement.store.ts';

/** The question each kind of settlement answers. */
const asked: Readonly<Record<Kind, Operation>> = {
  request: requestOperations.requestReservation, change: requestOperations.changeRequest, cancel: requestOperations.cancelRequest, dates: eventOperations.patchEvent,
};

export const decisions: ServiceReaction = {
  async handle(messages, { app, db, traceparent }) {
    const companyIds = messages.map(({ companyid }) => companyid);
    const ended = await transactManyAhead(db, companyIds, { actorId: null, traceparent }, (tx) => note(tx, messages), (tx, noted) => end(tx, noted, messages));
    // After the commit; who misses it asks for the outcome.
    for (const settlement of ended) {
      tellDone(app.bus, settlement.id, encodeAnswer(asked[settlement.kind], outcomeOf(settlement) as never, { language: settlement.language } as Caller, {}));
    }
  },
};

/** The settlements a batch is about, held, with what their ends and their answers depend on. */
interface Noted {
  readonly held: readonly Held[];
  /** The events whose new dates some of them decide. */
  readonly events: Map<string, KeptEvent>;
  readonly outcomes: ReadonlyMap<string, readonly (Verdict | null)[]>;
  readonly requests: ReadonlyMap<string, KeptRequest>;
}

/** Mirrors the reservations and notes the decisions among them, in the trip in which the transaction begins. */
async function note(tx: Beginning, messages: readonly Heard[]): Promise<Noted | undefined> {
  const told = messages.flatMap((message) => decisionIn(message) ?? []);
  const named = [...new Map(told.map(({ id, settlementId, companyId }) => [settlementId, { companyId, id: settlementId, reservationId: id }])).values()].toSorted(byId);
  const states = toldIn(messages);
  const mirrored = () => mirrorReservations(tx, messages.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)), states);
  if (told.length === 0) { await mirrored(); return undefined; }
  // Held in the order in which everybody does: settlement, event, request, reservation.
  const [held, events, , , outcomes, requests] = await Promise.all([
    holdSettlements(tx, named), holdMoving(tx, named), noteDecisions(tx, told), mirrored(), outcomesOf(tx, named), requestsOfSettlements(tx, named, states),
  ]);
  return { held, events, outcomes, requests };
}

/** @returns the settlements that are decided, with all their answers depend on; heard again they are told again */
async function end(tx: Tx, noted: Noted | undefined, messages: readonly Heard[]): Promise<Settlement[]> {
  if (!noted) return [];
  const { held, events, outcomes, requests } = noted;
  const verdicts = new Map<string, Verdict>();
  const ended: { id: string; companyId: string; verdict: Verdict }[] = [];
  for (const settlement of held) {
    const { id, companyId, kind, eventId } = settlement;
    if (settlement.verdict !== null) { verdicts.set(id, settlement.verdict); continue; }
    const decided = verdictOf(kind, outcomes.get(id)!);
    if (decided === null) continue;
    const event = kind === 'dates' ? events.get(eventId) : undefined;
    const applied = event && (await endDates(tx, settlement, event, decided, messages));
    if (applied) events.set(eventId, applied.event);
    const verdict = applied?.verdict ?? decided;
    verdicts.set(id, verdict);
    ended.push({ id, companyId, verdict });
  }
  if (ended.length > 0) void saveVerdicts(tx, ended);
  const settled = held.filter(({ id }) => verdicts.has(id));
  const refused = settled.filter(({ id }) => verdicts.get(id) === 'refused');
  const decisionsById = refused.length > 0 ? await decisionsOf(tx, refused) : undefined;
  return settled.map(({ id, companyId, kind, language, eventId }) => ({
    id, companyId, kind, language, verdict: verdicts.get(id)!, decisions: decisionsById?.get(id) ?? [],
    about: kind === 'dates' ? { event: events.get(eventId)! } : { request: requests.get(id)! },
  }));
}

const decisionIn = ({ data, companyid }: Heard): Told | undefined => {
  const decided = data as Partial<Decided> & Reservation;
  return decided.revision === undefined || decided.settlementId === undefined ? undefined : { ...(decided as Decided), companyId: companyid };
};

/** New dates are decided: they apply when all reservations accepted them and the event is still open, in the transaction that knows it. */
async function endDates(
  tx: Tx, { id, companyId, askedBy, patch }: Held, kept: KeptEvent, verdict: Verdict, messages: readonly Heard[],
): Promise<{ verdict: Verdict; event: KeptEvent }> {
  const ours = kept.pendingDates === id;
  if (verdict !== 'accepted' || !ours || !isOpen(kept.event)) {
    if (ours) await savePendingDates(tx, kept.event.id, null, companyId);
    return { verdict: verdict === 'accepted' ? 'superseded' : verdict, event: { ...kept, pendingDates: ours ? null : kept.pendingDates } };
  }
  const cause = messages.findLast(({ data }) => (data as Partial<Decided>).settlementId === id);
  const after = await saveEvent(tx, { ...kept, event: { ...kept.event, ...patch }, pendingDates: null }, companyId);
  tx.tell(eventFacts.eventChanged, after.event, {
    version: after.version, changes: changesBetween(kept.event, after.event), companyId, actorId: askedBy,
    work: { causationId: cause?.id, traceparent: cause?.traceparent, origin: cause?.origin },
  });
  return { verdict, event: after };
}
