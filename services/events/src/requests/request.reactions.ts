/** Inventory's reservations as they are told: mirrored, and the news for whoever waits. In any order and any number of times the end is the same. */
import { encodeAnswer, tellDone, type Heard } from '@regie/bus';
import { eventFacts, eventOperations, requestOperations, type Caller, type Decided, type Operation, type Reservation } from '@regie/contracts';
import type { ServiceReaction } from '@regie/runtime';
import { changesBetween, transactMany, type Tx } from '@regie/store';
import { isOpen, type KeptEvent } from '../events/event.ts';
import { readEvents, saveEvent, savePendingDates } from '../events/event.store.ts';
import { mirrorReservations } from './request.store.ts';
import { outcomeOf, verdictOf, type Kind, type Settlement, type Verdict } from './settlement.ts';
import { holdSettlements, noteDecisions, outcomesOf, readSettlements, saveVerdicts, type Held, type Told } from './settlement.store.ts';

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
  const companyIds = [...new Set(messages.map(({ companyid }) => companyid))];
  const settlementIds = [...new Set(told.map(({ settlementId }) => settlementId))];
  const held = told.length === 0 ? [] : await holdSettlements(tx, companyIds, settlementIds);
  // Before requests, as everybody locks: settlement, event, request, reservation.
  const events = await readEvents(tx, companyIds, held.flatMap(({ kind, eventId }) => (kind === 'dates' ? [eventId] : [])), 'update');
  if (told.length > 0) await noteDecisions(tx, told);
  await mirrorReservations(tx, messages.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)));
  if (held.length === 0) return [];

  const outcomes = await outcomesOf(tx, companyIds, settlementIds);
  const ended: { id: string; companyId: string; verdict: Verdict }[] = [];
  for (const settlement of held) {
    const verdict = verdictOf(settlement.kind, outcomes.get(settlement.id)!);
    if (verdict === null || settlement.verdict !== null) continue;
    const event = events.get(settlement.eventId);
    const applied = event ? await endDates(tx, settlement, event, verdict, messages) : undefined;
    if (applied) events.set(settlement.eventId, applied.event);
    ended.push({ id: settlement.id, companyId: settlement.companyId, verdict: applied?.verdict ?? verdict });
  }
  if (ended.length > 0) await saveVerdicts(tx, ended);
  return (await readSettlements(tx, companyIds, settlementIds)).filter(({ verdict }) => verdict !== null);
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
