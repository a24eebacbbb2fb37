/**
 * Decides orders, up to 256 in one transaction: lock the companies, read what all of them need, decide one after the other in the order of the stream,
 * write in one statement, tell each decision, commit; the runtime acknowledges after that.
 */
import type { Heard } from '@regie/bus';
import { inventory, type OrderOf, type Shortage } from '@regie/contracts';
import type { ServiceReaction } from '@regie/runtime';
import { changesBetween, transactMany, type Tx, type Work } from '@regie/store';
import { takenIn } from '../availability/availability.store.ts';
import { outOf } from '../availability/taken.ts';
import { noteStatusChanges, statusesOf } from '../equipment/status.store.ts';
import { explain, questionsOf, windowsOf, type Question } from './explanation.ts';
import { lockPartition } from './partition.store.ts';
import { reservationView, type Held, type Line } from './reservation.ts';
import { decide, type Decision, type ShortLine } from './settlement.ts';
import { candidatesFor, nameReasons, readBatch, readWorld, writeDecisions, writeShortages, type NamedOrder, type Written } from './settlement.store.ts';
import { refreshShortages } from './shortage.reactions.ts';
import { equipmentShort, lookAgain } from './shortage.store.ts';
import { hasAlready, promisedTo, type World } from './world.ts';

const { reservationReserved, reservationRejected, reservationCancelled } = inventory.facts;

/** An order with on whose behalf it was given. */
export interface GivenOrder extends NamedOrder { readonly work: Partial<Work> & { readonly actorId: string | null } }

export const orderOf = ({ id, companyid, actorid, traceparent, origin, data }: Heard): GivenOrder =>
  ({ ...(data as OrderOf<typeof inventory.commands.settle>), companyId: companyid, work: { actorId: actorid ?? null, traceparent, causationId: id, origin } });

export const settle: ServiceReaction = {
  async handle(messages, { db, traceparent }) {
    // Messages delivered again come after newer ones; the stream knows the order they were given in.
    const orders = messages.toSorted((a, b) => a.streamSequence - b.streamSequence).map(orderOf);
    await transactMany(db, orders.map(({ companyId }) => companyId), { actorId: null, traceparent }, (tx) => settleOrders(tx, orders));
  },
};

/** Decides a batch in the transaction given, which sees the companies of all of its orders. */
export async function settleOrders(tx: Tx, orders: readonly GivenOrder[]): Promise<Decision<GivenOrder>[]> {
  const companyIds = [...new Set(orders.map(({ companyId }) => companyId))];
  // The connection works in order: what is asked behind the lock, without waiting for it, is read when it is held.
  const [versions, found] = await Promise.all([lockPartition(tx, companyIds), readBatch(tx, orders, companyIds)]);
  const world = await readWorld(tx, orders, versions, found);
  const decisions = orders.flatMap((order) => decide(world, order));
  if (decisions.length === 0) return [];

  const written = changesOf(decisions);
  const now = tx.now.getTime();
  const touchedNow = new Map([...written.gone, ...written.replaced, ...written.saved].filter((line) => line.from <= now && now < line.to).map((line) => [line.equipmentId, line.reservationId]));
  const statuses = await statusesOf(tx, [...touchedNow.keys()]);
  // While the rows are being written, what is told about them is put into words. What explains a refusal is read behind the write.
  const [, refused] = await Promise.all([
    writeDecisions(tx, decisions, written),
    explainRefusals(tx, world, decisions, companyIds).then((explained) => tellDecisions(tx, decisions, explained)),
  ]);
  if (refused.length > 0) await writeShortages(tx, refused);

  await lookAgain(tx, written.saved.filter((line) => outOf(line) > 0).map((line) => ({ companyId: companyIdOf(world, line), at: line.askedTo, equipmentId: line.equipmentId, reservationId: line.reservationId })));
  // A new promise makes nobody short. One that was given up or changed may be what somebody else was short of.
  const eased = [...written.gone, ...written.replaced].map(({ equipmentId }) => equipmentId);
  for (const { companyId, equipmentId } of await equipmentShort(tx, companyIds, eased)) await refreshShortages(tx, [equipmentId], companyId);
  for (const [equipmentId, reservationId] of touchedNow) {
    const before = statuses.get(equipmentId);
    const order = decisions.findLast(({ after }) => after.id === reservationId)?.order;
    if (before) await noteStatusChanges(tx, new Map([[equipmentId, before]]), { kind: 'reservation', id: reservationId, actorId: order?.work.actorId ?? null });
  }
  return decisions;
}

const companyIdOf = (world: World, { reservationId }: Line): string => world.reservations.get(reservationId)!.companyId;

/** From the first state of each reservation to its last: a batch may decide several revisions of one. */
function changesOf(decisions: readonly Decision[]): Written & { readonly replaced: readonly Line[] } {
  const first = new Map<string, Held | null>();
  const last = new Map<string, Held>();
  for (const { before, after } of decisions) {
    if (!first.has(after.id)) first.set(after.id, before);
    last.set(after.id, after);
  }
  const gone: Line[] = [];
  const saved: Line[] = [];
  const replaced: Line[] = [];
  for (const [id, after] of last) {
    const old = new Map(first.get(id)?.lines.map((line) => [line.id, line]));
    for (const line of after.lines) {
      const before = old.get(line.id);
      old.delete(line.id);
      if (before === line) continue;
      saved.push(line);
      if (before) replaced.push(before);
    }
    gone.push(...old.values());
  }
  return { reservations: [...last.values()], gone, saved, replaced };
}

/** Completes refusals with what would succeed, as things stand after the whole batch, whose lines are written already. */
async function explainRefusals(tx: Tx, world: World, decisions: readonly Decision[], companyIds: readonly string[]): Promise<ReadonlyMap<ShortLine, Shortage>> {
  const questions = questionsOf(decisions, (equipmentId) => world.shelves.get(equipmentId)!.stock);
  if (questions.length === 0) return new Map();
  const wishOf = ({ order: { companyId }, short: { line }, stock }: Question) => ({ key: `${companyId} ${stock.category} ${stock.subcategory ?? ''}`, stock, quantity: line.quantity });
  const wishes = [...Map.groupBy(questions.map(wishOf), ({ key }) => key)].map(([key, same]) => ({ key, stock: same[0]!.stock, quantity: Math.min(...same.map(({ quantity }) => quantity)) }));
  const found = await candidatesFor(tx, wishes);
  const candidates = new Map(wishes.map(({ key }, place) => [key, found[place]!]));
  const candidatesOf = (question: Question) => candidates.get(wishOf(question).key)!;

  const taken = await takenIn(tx, questions.flatMap((question) => windowsOf(question, candidatesOf(question))), world.now);
  const none = new Set<string>();
  return explain(questions, {
    now: world.now, taken, candidates: candidatesOf, eventNames: await nameReasons(tx, world.eventNames, decisions, companyIds),
    hasAlready: (eventId, equipmentId, from, to) => hasAlready(world, eventId, equipmentId, from, to, none),
    promised: (eventId, equipmentId) => promisedTo(world, eventId, equipmentId),
  });
}

/** A fact per reservation and decision. @returns the reservations with why they were refused, to be kept with them */
function tellDecisions(tx: Tx, decisions: readonly Decision<GivenOrder>[], explained: ReadonlyMap<ShortLine, Shortage>): Held[] {
  const now = tx.now.getTime();
  const shortages = new Map<string, readonly Shortage[]>();
  const refused = new Map<string, Held>();
  for (const { order, revision, outcome, before, after, shortLines, unknownEquipmentIds, duplicateEquipmentIds, heldLineIds } of decisions) {
    // A later revision that was superseded shows what the one before it was refused for.
    const own = outcome === 'superseded' ? shortages.get(after.id) ?? after.shortages : shortLines.map((short) => explained.get(short)!);
    shortages.set(after.id, own);
    const held = { ...after, shortages: own };
    if (own.length > 0) refused.set(after.id, held);
    else refused.delete(after.id);
    const view = reservationView(held, now);
    const fact = outcome !== 'accepted' ? reservationRejected : order.reservations.find(({ id }) => id === after.id)!.lines.length === 0 ? reservationCancelled : reservationReserved;
    tx.tell(fact, {
      ...view, revision, outcome, settlementId: order.settlementId,
      unknownEquipmentIds: [...unknownEquipmentIds], duplicateEquipmentIds: [...duplicateEquipmentIds], heldLineIds: [...heldLineIds],
    }, { version: after.version, companyId: order.companyId, actorId: order.work.actorId, work: order.work, changes: changesOfState(before && reservationView(before, now), view) });
  }
  return [...refused.values()];
}

type View = ReturnType<typeof reservationView>;
const changesOfState = (before: View | null, { status, lines, shortages }: View) =>
  changesBetween(before ? { status: before.status, lines: before.lines, shortages: before.shortages } : {}, { status, lines, shortages });
