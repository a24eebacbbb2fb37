/** How an equipment stands now: derived from what is promised and out of service, never stored. */
import type { EquipmentStatus, Static } from '@regie/contracts';

export type Status = Static<typeof EquipmentStatus>;

/** What is promised or out, and what is out of service, at this moment. */
export interface Figures { readonly reserved: number; readonly outOfService: number }

/** What decides a status besides the figures. */
export interface Stocked { readonly quantityTotal: number; readonly archived: boolean }

/** Pieces somebody could take now: none of what is archived, and 0 when reality fell below what is promised. */
export const availableNow = ({ quantityTotal, archived }: Stocked, { reserved, outOfService }: Figures): number =>
  (archived ? 0 : Math.max(0, quantityTotal - reserved - outOfService));

/** Retired when archived; available while a piece is; with none left, in maintenance only if nothing is promised or out. */
export function statusOf(stocked: Stocked, figures: Figures): Status {
  if (stocked.archived) return 'retired';
  if (availableNow(stocked, figures) > 0) return 'available';
  return figures.reserved === 0 ? 'in_maintenance' : 'on_rental';
}

/** A status with the pieces available in it. */
export interface Standing { readonly status: Status; readonly quantity: number }

export const standingOf = (stocked: Stocked, figures: Figures): Standing =>
  ({ status: statusOf(stocked, figures), quantity: availableNow(stocked, figures) });

/** One line of the status history. `from` is null at the beginning. */
export interface StatusChange { readonly equipmentId: string; readonly from: Status | null; readonly to: Status; readonly quantity: number }

/** What differs between two looks at the same equipment: another status, or another number of pieces available. */
export function statusChanges(before: ReadonlyMap<string, Standing>, after: ReadonlyMap<string, Standing>): StatusChange[] {
  const changes: StatusChange[] = [];
  for (const [equipmentId, { status, quantity }] of after) {
    const earlier = before.get(equipmentId);
    if (earlier?.status !== status || earlier.quantity !== quantity) changes.push({ equipmentId, from: earlier?.status ?? null, to: status, quantity });
  }
  return changes;
}
