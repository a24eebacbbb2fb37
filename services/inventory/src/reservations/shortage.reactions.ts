/** What follows a change of capacity: who is short is worked out anew, kept, and told once. */
import { inventory } from '@regie/contracts';
import { changesBetween, type Tx } from '@regie/store';
import { takenIn } from '../availability/availability.store.ts';
import { stockOf } from '../availability/stock.store.ts';
import { isOutOfService } from '../availability/taken.ts';
import { openLinesOf, reservationsOf } from './reservation.store.ts';
import { reservationView, type Held, type Line } from './reservation.ts';
import { lookAgain, raiseVersions, saveShortages, type ShortRow } from './shortage.store.ts';
import { nextLook, shortagesOf } from './shortage.ts';

const { reservationRiskChanged } = inventory.facts;

/**
 * Works out who is short of the equipment named, from the rows as this transaction left them, and tells each reservation whose lines changed.
 * Whoever calls it holds the company's partition.
 */
export async function refreshShortages(tx: Tx, equipmentIds: readonly string[], companyId: string = tx.companyId): Promise<void> {
  const ids = [...new Set(equipmentIds)];
  if (ids.length === 0) return;
  const now = tx.now.getTime();
  const stock = await stockOf(tx, ids, [companyId]);
  const lines = Map.groupBy(await openLinesOf(tx, companyId, ids, tx.now), ({ equipmentId }) => equipmentId);
  const taken = await takenIn(tx, ids.map((equipmentId) => ({ companyId, equipmentId, from: now, to: now + 1 })), now);

  const changed: ShortRow[] = [];
  for (const [equipmentId, own] of lines) {
    const short = new Map(shortagesOf(stock.get(equipmentId)?.total ?? 0, own, taken.get(equipmentId)!.filter(isOutOfService), now)
      .map(({ lineId, quantity }) => [lineId, quantity]));
    changed.push(...own.filter((line) => (short.get(line.id) ?? 0) !== line.short).map((line) => rowOf(line, short.get(line.id) ?? 0)));
    const at = short.size > 0 ? nextLook(own, now) : null;
    if (at !== null) await lookAgain(tx, [{ companyId, at, equipmentId, reservationId: null }]);
  }
  if (changed.length === 0) return;
  const reservationIds = [...new Set(changed.map(({ reservationId }) => reservationId))];
  const before = await reservationsOf(tx, reservationIds, [companyId]);
  await saveShortages(tx, companyId, changed);
  await tellRisk(tx, companyId, before);
}

const rowOf = ({ id: lineId, equipmentId, reservationId, eventId }: Line, quantity: number): ShortRow => ({ lineId, equipmentId, reservationId, eventId, quantity });

/** Tells each reservation as it is now. @param before as it was told last */
export async function tellRisk(tx: Tx, companyId: string, before: ReadonlyMap<string, Held>): Promise<void> {
  const ids = [...before.keys()];
  if (ids.length === 0) return;
  await raiseVersions(tx, companyId, ids);
  const now = tx.now.getTime();
  for (const [id, held] of await reservationsOf(tx, ids, [companyId])) {
    const view = reservationView(held, now);
    tx.tell(reservationRiskChanged, view, { version: held.version, companyId, changes: changesBetween(shown(before.get(id)!), shown(held)) });
  }

  function shown(held: Held) {
    // Lateness comes with time alone: the line before was not late when it was told.
    return { lines: reservationView(held, held === before.get(held.id) ? Math.min(now, held.updatedAt) : now).lines };
  }
}
