/** Reservations as the warehouse meets them: read, hand out, take back. They are asked for at events and decided in settlement.reactions.ts. */
import { inventory, isRefusal, notFound, reply } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale, type Tx } from '@regie/store';
import { periodOf } from '../availability/availability.ts';
import { takenIn } from '../availability/availability.store.ts';
import { stockOf } from '../availability/stock.store.ts';
import { peak, take, useOf } from '../availability/use.ts';
import { noteStatusChanges, statusesOf } from '../equipment/status.store.ts';
import { openDamaged, openMissing } from '../maintenance/return.operations.ts';
import { coming, earlyUnavailable, earlyWindow, handOut, instantOf, leaving, takeBack } from './handover.ts';
import { lockPartition } from './partition.store.ts';
import { listReservations, reservationsOf, saveHandover } from './reservation.store.ts';
import { reservationStatus, reservationView, type Held } from './reservation.ts';
import { refreshShortages } from './shortage.reactions.ts';
import { lookAgain } from './shortage.store.ts';

const { listReservations: list, getReservation, deliverReservation, returnReservation } = inventory.operations;
const { reservationDelivered, reservationReturned } = inventory.facts;
const said = { en: 'reservation', fr: 'réservation' };
const centuries = 200 * 366 * 86_400_000;

const read = async (tx: Tx, id: string): Promise<Held | undefined> => (await reservationsOf(tx, [id])).get(id);

export const reservationOperations: HandlersIn<{
  listReservations: typeof list; getReservation: typeof getReservation; deliverReservation: typeof deliverReservation; returnReservation: typeof returnReservation;
}> = {
  async listReservations(input, { tx, now }) {
    if (input.from !== undefined && input.to !== undefined) {
      const period = periodOf(input.from, input.to, centuries);
      if (isRefusal(period) && period.code === 'period.invalid') return period as never;
    }
    const page = await listReservations(tx, input);
    return isRefusal(page) ? page : { items: page.rows.map((held) => reservationView(held, now.getTime())), nextCursor: page.nextCursor };
  },

  async getReservation({ id }, { tx, now }) {
    const held = await read(tx, id);
    return held ? reply(reservationView(held, now.getTime()), { version: held.version }) : notFound(said);
  },

  async deliverReservation({ id, lines, at: sentAt }, { tx, now, expectedVersion }) {
    await lockPartition(tx);
    const before = await read(tx, id);
    if (!before) return notFound(said);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    const at = instantOf(sentAt, now.getTime());
    if (isRefusal(at)) return at;
    const moves = leaving(before, lines, at);
    if (isRefusal(moves)) return moves;
    const early = await shortEarly(tx, before, moves, at);
    if (early.length > 0) return earlyUnavailable(early);

    const after = moved(before, before.lines.map((line) => (moves.has(line.id) ? handOut(line, moves.get(line.id)!, at, now.getTime()) : line)));
    const statuses = await statusesOf(tx, equipmentOf(after, moves));
    await saveHandover(tx, { ...after, lines: after.lines.filter(({ id: line }) => moves.has(line)) });
    // From their end on they are late; the timer looks then.
    await lookAgain(tx, after.lines.filter((line) => moves.has(line.id))
      .map((line) => ({ companyId: tx.companyId, at: line.askedTo, equipmentId: line.equipmentId, reservationId: id })));
    tellMove(tx, reservationDelivered, before, after);
    await refreshShortages(tx, equipmentOf(after, moves));
    await noteStatusChanges(tx, statuses, { kind: 'reservation', id });
    return handedOver(tx, id);
  },

  async returnReservation({ id, lines, damaged, missing, at: sentAt }, { tx, now, expectedVersion }) {
    await lockPartition(tx);
    const before = await read(tx, id);
    if (!before) return notFound(said);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    const at = instantOf(sentAt, now.getTime());
    if (isRefusal(at)) return at;
    const moves = coming(before, { lines, damaged, missing }, at);
    if (isRefusal(moves)) return moves;

    const after = moved(before, before.lines.map((line) => (moves.has(line.id) ? takeBack(line, moves.get(line.id)!, now.getTime()) : line)));
    const statuses = await statusesOf(tx, equipmentOf(after, moves));
    await saveHandover(tx, { ...after, lines: after.lines.filter(({ id: line }) => moves.has(line)) });
    const equipment = new Map(after.lines.map((line) => [line.id, line.equipmentId]));
    const repairs = await openDamaged(tx, (damaged ?? []).map((one) => ({ ...one, equipmentId: equipment.get(one.lineId)! })), at);
    const losses = await openMissing(tx, id, (missing ?? []).map((one) => ({ ...one, equipmentId: equipment.get(one.lineId)! })), at);
    tellMove(tx, reservationReturned, before, after);
    await refreshShortages(tx, equipmentOf(after, moves));
    // Told with what they put at risk, which is known only now.
    const maintenanceIds = await repairs.tell();
    const lossIds = losses.tell();
    await noteStatusChanges(tx, statuses, { kind: 'reservation', id });
    return handedOver(tx, id, maintenanceIds, lossIds);
  },
};

const moved = (before: Held, lines: Held['lines']): Held => ({ ...before, lines, version: before.version + 1, status: reservationStatus(lines) });
const equipmentOf = ({ lines }: Held, moves: ReadonlyMap<string, unknown>): string[] => [...new Set(lines.filter(({ id }) => moves.has(id)).map(({ equipmentId }) => equipmentId))];

function tellMove(tx: Tx, fact: typeof reservationDelivered | typeof reservationReturned, before: Held, after: Held): void {
  const now = tx.now.getTime();
  const told = reservationView({ ...after, updatedAt: now }, now);
  tx.tell(fact, told, { version: after.version, changes: changesBetween(reservationView(before, now), told) });
}

/** The reservation as all of it left it: who was short may have changed its version once more. */
async function handedOver(tx: Tx, id: string, maintenanceIds: readonly string[] = [], lossIds: readonly string[] = []) {
  const held = (await read(tx, id))!;
  return reply({ ...reservationView(held, tx.now.getTime()), maintenanceIds: [...maintenanceIds], lossIds: [...lossIds] }, { version: held.version });
}

/** Lines that leave before their period and are not free until it begins. */
async function shortEarly(
  tx: Tx, held: Held, moves: ReadonlyMap<string, number>, at: number,
): Promise<{ lineId: string; equipmentId: string; requested: number; available: number }[]> {
  const early = held.lines.filter((line) => moves.has(line.id) && earlyWindow(line, at) !== null);
  if (early.length === 0) return [];
  const stock = await stockOf(tx, early.map(({ equipmentId }) => equipmentId));
  const taken = await takenIn(tx, early.map((line) => ({ companyId: tx.companyId, equipmentId: line.equipmentId, from: at, to: line.from })), tx.now.getTime());
  const uses = new Map([...taken].map(([equipmentId, own]) => [equipmentId, useOf(own)]));
  const short = [];
  for (const line of early) {
    const [from, to] = earlyWindow(line, at)!;
    const requested = moves.get(line.id)!;
    const use = uses.get(line.equipmentId)!;
    const available = Math.max(0, stock.get(line.equipmentId)!.total - peak(use, from, to));
    if (available < requested) short.push({ lineId: line.id, equipmentId: line.equipmentId, requested, available });
    // Another line of the same equipment may leave with it.
    else take(use, from, to, requested);
  }
  return short;
}
