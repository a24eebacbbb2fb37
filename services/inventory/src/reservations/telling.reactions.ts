/** Puts decisions into words: a fact per reservation and decision. */
import { inventory, type Shortage } from '@regie/contracts';
import { changesBetween, type Tx, type Work } from '@regie/store';
import { reservationView, type Held } from './reservation.ts';
import type { Decision, ShortLine } from './settlement.ts';
import type { NamedOrder } from './settlement.store.ts';

const { reservationReserved, reservationRejected, reservationCancelled } = inventory.facts;

/** An order with on whose behalf it was given. */
export interface GivenOrder extends NamedOrder { readonly work: Partial<Work> & { readonly actorId: string | null } }

/** @returns the reservations with why they were refused, to be kept with them */
export function tellDecisions({ now: at, tell }: Pick<Tx, 'now' | 'tell'>, decisions: readonly Decision<GivenOrder>[], explained: ReadonlyMap<ShortLine, Shortage>): Held[] {
  const now = at.getTime();
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
    const fact = outcome !== 'accepted' ? reservationRejected
      : order.reservations.find(({ id }) => id === after.id)!.lines.length === 0 ? reservationCancelled
      : reservationReserved;
    tell(fact, {
      ...view, revision, outcome, settlementId: order.settlementId,
      unknownEquipmentIds: [...unknownEquipmentIds], duplicateEquipmentIds: [...duplicateEquipmentIds], heldLineIds: [...heldLineIds],
    }, {
      version: after.version, companyId: order.companyId, actorId: order.work.actorId,
      work: order.work, changes: changesOfState(before && reservationView(before, now), view),
    });
  }
  return [...refused.values()];
}

type View = ReturnType<typeof reservationView>;
const changesOfState = (before: View | null, { status, lines, shortages }: View) =>
  changesBetween(before ? { status: before.status, lines: before.lines, shortages: before.shortages } : {}, { status, lines, shortages });
