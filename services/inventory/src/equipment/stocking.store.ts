/** Brings equipment into stock and changes it, with its pieces, its words and its history; one or thousands alike. */
import type { Tx } from '@regie/store';
import { changedFields, type Item, type Kept } from './equipment.ts';
import { insertEquipment, saveEquipmentTerms, updateEquipment } from './equipment.store.ts';
import { noteStockChanges, statusesOf } from './status.store.ts';
import { addPieces, nameSerials } from './unit.store.ts';

export interface NewStock {
  readonly item: Item;
  /** Serial numbers of its first pieces. */
  readonly serials?: readonly string[];
}

/** Puts new equipment into stock; serialised equipment gets its pieces. */
export async function addStock(tx: Tx, stock: readonly NewStock[]): Promise<Kept[]> {
  if (stock.length === 0) return [];
  const kept = await insertEquipment(tx, stock.map(({ item }) => item));
  await addPieces(tx, stock.filter(({ item }) => item.tracking === 'serialised')
    .map(({ item, serials = [] }) => ({ equipmentId: item.id, reference: item.reference, count: item.quantityTotal, serials })));
  await saveEquipmentTerms(tx, stock.map(({ item }) => item));
  await noteStockChanges(tx, new Map(), stock.map(({ item }) => item.id));
  return kept;
}

export interface ChangedStock {
  readonly before: Kept;
  readonly item: Item;
  /** Serial numbers of pieces that are added because the total rises. */
  readonly serials?: readonly string[];
  /** Serial numbers for pieces that had none. */
  readonly named?: readonly { readonly unitId: string; readonly serial: string }[];
}

const sought: ReadonlySet<keyof Item> = new Set(['name', 'brand', 'model']);
const counted: ReadonlySet<keyof Item> = new Set(['quantityTotal', 'archivedAt']);

/** Changes equipment whose rows are locked; what changes how much there is needs the partition's lock too. Serialised equipment gets the pieces it lacks. */
export async function changeStock(tx: Tx, changes: readonly ChangedStock[]): Promise<Kept[]> {
  if (changes.length === 0) return [];
  const touching = (fields: ReadonlySet<keyof Item>) =>
    changes.filter(({ before, item }) => changedFields(before.item, item).some((field) => fields.has(field))).map(({ item }) => item.id);
  const recounted = touching(counted);
  const standings = await statusesOf(tx, recounted);
  const kept = await updateEquipment(tx, changes.map(({ item }) => item));
  await nameSerials(tx, changes.flatMap(({ named = [] }) => named));
  await addPieces(tx, changes.filter(({ item }) => item.tracking === 'serialised')
    .map(({ before, item, serials = [] }) => ({ equipmentId: item.id, reference: item.reference, count: Math.max(0, item.quantityTotal - before.item.quantityTotal), serials })));
  const reworded = new Set([...touching(sought), ...changes.filter(({ serials = [], named = [] }) => serials.length + named.length > 0).map(({ item }) => item.id)]);
  if (reworded.size > 0) await saveEquipmentTerms(tx, changes.map(({ item }) => item).filter(({ id }) => reworded.has(id)));
  if (recounted.length > 0) await noteStockChanges(tx, standings, recounted);
  return kept;
}
