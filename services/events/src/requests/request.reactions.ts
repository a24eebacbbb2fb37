/** Inventory's reservations as they are told: mirrored, and the news for whoever waits. In any order and any number of times the end is the same. */
import { encodeAnswer, tellDone, type Heard } from '@regie/bus';
import { eventFacts, eventOperations, requestOperations, type Caller, type Decided, type Operation, type Reservation } from '@regie/contracts';
import type { ServiceReaction } from '@regie/runtime';
import { changesBetween, transactMany, type Tx } from '@regie/store';
import { isOpen, type KeptEvent } from '../events/event.ts';
import { holdMoving, saveEvent, savePendingDates } from '../events/event.store.ts';
import { mirrorReservations } from './request.store.ts';
import { outcomeOf, verdictOf, type Kind, type Settlement, type Verdict } from './settlement.ts';
import { byId, holdSettlements, noteDecisions, outcomesOf, readSettlements, saveVerdicts, type Held, type Told } from './settlement.store.ts';

/** The question each kind of settlement answers. */
const asked: Readonly<Record<Kind, Operation>> = {
  request: requestOperations.requestReservation, change: requestOperations.changeRequest, cancel: requestOperations.cancelRequest, dates: eventOperations.patchEvent,
};

export const decisions: ServiceReaction = {
  async handle(messages, { app, db, traceparent }) {
    const ended = await transactMany(db, messages.map(({ companyid }) => companyid), { actorId: null, traceparent }, (tx) => hear(tx, messages));
    // After the commit; who misses it asks for the outcome.
    for (const settlement of ended) {
      tellDone(app.bus, settlement.id, encodeAnswer(asked[settlement.kind], outcomeOf(settlement) as never, { language: settlement.language } as Caller, {}));
    }
  },
};

/** @returns the settlements among them that are decided, with all their answers depend on; heard again they are told again */
async function hear(tx: Tx, messages: readonly Heard[]): Promise<Settlement[]> {
  const told = messages.flatMap((message) => decisionIn(message) ?? []);
  const named = [...new Map(told.map(({ settlementId, companyId }) => [settlementId, { companyId, id: settlementId }])).values()].toSorted(byId);
  const mirrored = () => mirrorReservations(tx, messages.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)));
  if (told.length === 0) { await mirrored(); return []; }
  // All in one trip, and held in the order in which everybody does: settlement, event, request, reservation.
  const [held, events, , , outcomes] = await Promise.all([holdSettlements(tx, named), holdMoving(tx, named), noteDecisions(tx, told), mirrored(), outcomesOf(tx, named)]);

  const ended: { id: string; companyId: string; verdict: Verdict }[] = [];
  for (const settlement of held) {
    const verdict = verdictOf(settlement.kind, outcomes.get(settlement.id)!);
    if (verdict === null || settlement.verdict !== null) continue;
    const event = events.get(settlement.eventId);
    const applied = event && settlement.kind === 'dates' ? await endDates(tx, settlement, event, verdict, messages) : undefined;
    if (applied) events.set(settlement.eventId, applied.event);
    ended.push({ id: settlement.id, companyId: settlement.companyId, verdict: applied?.verdict ?? verdict });
  }
  const [, settlements] = await Promise.all([ended.length > 0 ? saveVerdicts(tx, ended) : undefined, readSettlements(tx, named)]);
  return settlements.filter(({ verdict }) => verdict !== null);
}

const decisionIn = ({ data, companyid }: Heard): Told | undefined => {
  const decided = data as Partial<Decided> & Reservation;
  return decided.revision === undefined || decided.settlementId === undefined ? undefined : { ...(decided as Decided), companyId: companyid };
};

/** New dates are decided: they apply when all reservations accepted them and the event is still open, in the transaction that knows it. */
async function endDates(tx: Tx, { id, companyId, askedBy, patch }: Held, kept: KeptEvent, verdict: Verdict, messages: readonly Heard[]): Promise<{ verdict: Verdict; event: KeptEvent }> {
  const ours = kept.pendingDates === id;
  if (verdict !== 'accepted' || !ours || !isOpen(kept.event)) {
    if (ours) await savePendingDates(tx, kept.event.id, null, companyId);
    return { verdict: verdict === 'accepted' ? 'superseded' : verdict, event: { ...kept, pendingDates: ours ? null : kept.pendingDates } };
  }
  const cause = messages.findLast(({ data }) => (data as Partial<Decided>).settlementId === id);
  const after = await saveEvent(tx, { ...kept, event: { ...kept.event, ...patch }, pendingDates: null }, companyId);
  tx.tell(eventFacts.eventChanged, after.event, {
    version: after.version, changes: changesBetween(kept.event, after.event), companyId, actorId: askedBy, work: { causationId: cause?.id, traceparent: cause?.traceparent, origin: cause?.origin },
  });
  return { verdict, event: after };
}
