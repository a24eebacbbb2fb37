/** Why an order is refused before anybody asks what is free. */
import { instantOf, type Desired, type Static } from '@regie/contracts';
import { outOf } from '../availability/taken.ts';
import type { Held } from './reservation.ts';
import { hasAlready, type World } from './world.ts';

export interface Fault {
  /** Of nobody's stock, or retired: answered 404. */
  readonly unknownEquipmentIds: readonly string[];
  /** The event has it already for an overlapping period. */
  readonly duplicateEquipmentIds: readonly string[];
  /** Handed out: they cannot vanish, change equipment or shrink below what left. */
  readonly heldLineIds: readonly string[];
}

export const noFault: Fault = { unknownEquipmentIds: [], duplicateEquipmentIds: [], heldLineIds: [] };

interface Asked { readonly desired: Static<typeof Desired>; readonly held: Held | null }

/** @returns null when the order may be decided by what is free */
export function faultOf(world: World, { companyId, eventId }: { readonly companyId: string; readonly eventId: string }, open: readonly Asked[]): Fault | null {
  const unknownEquipmentIds = unknown(world, companyId, open);
  if (unknownEquipmentIds.length > 0) return { ...noFault, unknownEquipmentIds };
  const heldLineIds = open.flatMap(handedOut);
  if (heldLineIds.length > 0) return { ...noFault, heldLineIds };
  const duplicateEquipmentIds = duplicates(world, eventId, open);
  return duplicateEquipmentIds.length > 0 ? { ...noFault, duplicateEquipmentIds } : null;
}

/** A batch sees the equipment of all of its companies: what is another's is unknown. */
const unknown = (world: World, companyId: string, open: readonly Asked[]): string[] => {
  const missing = open.flatMap(({ desired, held }) => desired.lines.filter(({ id, equipmentId }) => {
    const stock = world.shelf(equipmentId)?.stock;
    return stock?.companyId !== companyId || (stock.archived && !held?.lines.some((line) => line.id === id && line.equipmentId === equipmentId));
  }));
  return [...new Set(missing.map(({ equipmentId }) => equipmentId))];
};

function handedOut({ desired, held }: Asked): string[] {
  if (!held) return [];
  const wanted = new Map(desired.lines.map((line) => [line.id, line]));
  return held.lines.filter((line) => {
    if (line.delivered === 0) return false;
    const kept = wanted.get(line.id);
    return kept ? kept.equipmentId !== line.equipmentId || kept.quantity < line.delivered : outOf(line) > 0;
  }).map(({ id }) => id);
}

/** Within the order, and against the event's other reservations. What came back counts no more. */
function duplicates(world: World, eventId: string, open: readonly Asked[]): string[] {
  const own = new Set(open.map(({ desired }) => desired.id));
  const lines = open.flatMap(({ desired, held }) => desired.lines.filter(({ id }) => !held?.lines.some((line) => line.id === id && line.status === 'returned')));
  const found = new Set<string>();
  for (const [index, { equipmentId, from, to }] of lines.entries()) {
    const [begins, ends] = [instantOf(from), instantOf(to)];
    const among = lines.some((other, at) => at < index && other.equipmentId === equipmentId && instantOf(other.from) < ends && begins < instantOf(other.to));
    if (among || hasAlready(world, eventId, equipmentId, begins, ends, own)) found.add(equipmentId);
  }
  return [...found];
}
