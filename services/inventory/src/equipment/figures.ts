/** An equipment as it is shown: with the figures of the moment. */
import type { Equipment, Static } from '@regie/contracts';
import type { Item } from './equipment.ts';
import { availableNow, statusOf, type Figures } from './status.ts';

export type Shown = Static<typeof Equipment>;

export function shown(item: Item, figures: Figures = { reserved: 0, outOfService: 0 }): Shown {
  const stocked = { quantityTotal: item.quantityTotal, archived: item.archivedAt !== null };
  return {
    ...item, status: statusOf(stocked, figures), quantityAvailable: availableNow(stocked, figures),
    quantityReserved: figures.reserved, quantityOutOfService: figures.outOfService,
  };
}
