/**
 * Decides orders, up to 256 in one transaction: lock the companies, read what all of them need, decide one after the other in the order of the stream,
 * write in one statement, tell each decision, commit; the runtime acknowledges after that.
 */
import type { Heard } from '@regie/bus';
import type { inventory, OrderOf } from '@regie/contracts';
import type { ServiceReaction } from '@regie/runtime';
import type { Database, Tx } from '@regie/store';
import { outOf } from '../availability/taken.ts';
import { noteStatusChanges, statusesOf } from '../equipment/status.store.ts';
import { changesOf } from './changes.ts';
import { writeDecisions, writeShortages } from './decision.store.ts';
import { endsToo, type Company } from './known.ts';
import { explainRefusals } from './refusal.reactions.ts';
import type { Line } from './reservation.ts';
import { openSettling, type Settling } from './settling.reactions.ts';
import { decide, type Decision } from './settlement.ts';
import { lockWorld } from './settlement.store.ts';
import { refreshShortages } from './shortage.reactions.ts';
import { equipmentShort, lookAgain } from './shortage.store.ts';
import { tellDecisions, type GivenOrder } from './telling.reactions.ts';
import type { World } from './world.ts';

export const orderOf = ({ id, companyid, actorid, traceparent, origin, data }: Heard): GivenOrder =>
  ({ ...(data as OrderOf<typeof inventory.commands.settle>), companyId: companyid, work: { actorId: actorid ?? null, traceparent, causationId: id, origin } });

/** One for each database: what it knows belongs to it. */
const settlings = new WeakMap<Database, Settling>();

export function settlingOf(db: Database): Settling {
  const known = settlings.get(db) ?? openSettling(db, settleOrders);
  settlings.set(db, known);
  return known;
}

export const settle: ServiceReaction = {
  // The next is decided while the last is written.
  inHand: 2,
  /** May be called again before it is done: batches are decided and written in the order of the calls. */
  async handle(messages, { db, traceparent }) {
    // Messages delivered again come after newer ones; the stream knows the order they were given in.
    await settlingOf(db).settle(messages.toSorted((a, b) => a.streamSequence - b.streamSequence).map(orderOf), traceparent);
  },
};

/**
 * Decides a batch in the transaction given, which sees the companies of all of its orders.
 * @param companies what is known of them from before; it is moved on, and is true when the transaction has been committed
 */
export async function settleOrders(tx: Tx, orders: readonly GivenOrder[], companies?: ReadonlyMap<string, Company>): Promise<Decision<GivenOrder>[]> {
  const world = await lockWorld(tx, orders, companies);
  const { companyIds, versions } = world;
  for (const [id, company] of companies ?? []) Object.assign(company, { version: versions.get(id)!, raisedBy: null });
  const decisions = orders.flatMap((order) => decide(world, order));
  if (decisions.length === 0) return [];

  const written = changesOf(decisions);
  const now = tx.now.getTime();
  for (const line of written.saved) {
    const shelf = companies?.get(companyIdOf(world, line))?.shelves.get(line.equipmentId);
    if (shelf) endsToo(shelf, line, now);
  }
  const touchedNow = new Map([...written.gone, ...written.replaced, ...written.saved].filter((line) => line.from <= now && now < line.to)
    .map((line) => [line.equipmentId, line.reservationId]));
  const statuses = await statusesOf(tx, [...touchedNow.keys()]);
  // While the rows are being written, what is told about them is put into words. What explains a refusal is read behind the write.
  const [, refused] = await Promise.all([
    writeDecisions(tx, decisions, written),
    explainRefusals(tx, world, decisions).then((explained) => tellDecisions(tx, decisions, explained)),
  ]);
  if (refused.length > 0) await writeShortages(tx, refused);

  await lookAgain(tx, written.saved.filter((line) => outOf(line) > 0)
    .map((line) => ({ companyId: companyIdOf(world, line), at: line.askedTo, equipmentId: line.equipmentId, reservationId: line.reservationId })));
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
