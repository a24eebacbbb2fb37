/** Equipment: everything that is asked about it, on one page. */
import { equipmentFacts, isRefusal, notFound, refuse, reply, type equipmentOperations as contract } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale, uuid7, type Tx } from '@regie/store';
import { periodOf } from '../availability/availability.ts';
import { figuresOf } from '../availability/figures.store.ts';
import { checkPlace } from '../categories/category.ts';
import { holdCategory } from '../categories/category.store.ts';
import { lockPartition } from '../reservations/partition.store.ts';
import { refreshShortages } from '../reservations/shortage.reactions.ts';
import { belowPromised, changedFields, checkItem, checkTotal, itemInUse, itemOf, patched, referenceOf, saidEquipment, unknownAccessory, type Item } from './equipment.ts';
import { listOfEquipment } from './equipment-list.store.ts';
import { knownEquipment, lockEquipment, readEquipment, takeNumbers } from './equipment.store.ts';
import { exportOperations } from './export.operations.ts';
import { shown } from './figures.ts';
import { importOperations } from './import.operations.ts';
import { promisedOf } from './promised.store.ts';
import { statusHistory } from './status-history.store.ts';
import { addStock, changeStock } from './stocking.store.ts';
import { listOfUnits } from './unit.store.ts';

const { equipmentCreated, equipmentChanged, equipmentArchived } = equipmentFacts;

/** What reservations are decided by: kept in memory by whoever decides, for as long as the version of the partition stays. */
const countsForDecisions = ['quantityTotal', 'prepMinutes', 'turnaroundMinutes', 'category', 'subcategory'] as const;

/** One row, locked. Ids may come in capitals; what is kept has small letters, and is what to go on with. */
const lockOne = async (tx: Tx, id: string) => [...(await lockEquipment(tx, [id])).values()][0];
const shownNow = async (tx: Tx, item: Item) => shown(item, (await figuresOf(tx, [item.id])).get(item.id));

/** The first accessory that is none of the company's. */
async function strangeAccessory(tx: Tx, ids: readonly string[]) {
  const known = await knownEquipment(tx, ids);
  const index = ids.findIndex((id) => !known.has(id.toLowerCase()));
  return index < 0 ? null : unknownAccessory(index);
}

/** May it become so? Asks of the database only what the change touches. */
async function checkChange(tx: Tx, before: Item, item: Item) {
  const wrong = checkItem(item) ?? checkTotal(before, item.quantityTotal);
  if (wrong) return wrong;
  const changed = new Set(changedFields(before, item));
  if (changed.has('category') || changed.has('subcategory')) {
    const misplaced = checkPlace(await holdCategory(tx, item.category), item.subcategory);
    if (misplaced) return misplaced;
  }
  if (changed.has('accessoryIds')) {
    const strange = await strangeAccessory(tx, item.accessoryIds);
    if (strange) return strange;
  }
  if (item.quantityTotal >= before.quantityTotal) return null;
  const promised = (await promisedOf(tx, [item.id])).get(item.id) ?? 0;
  return promised > item.quantityTotal ? belowPromised(promised) : null;
}

/** Both ends of the period, or none; a quantity only with them. */
function freeFilter({ availableFrom, availableTo, quantity }: { availableFrom?: string; availableTo?: string; quantity?: number }) {
  if (availableFrom === undefined && availableTo === undefined && quantity === undefined) return undefined;
  if (availableFrom === undefined || availableTo === undefined) {
    const missing = availableFrom === undefined ? '?availableFrom' : '?availableTo';
    return refuse('request.invalid', { en: 'Ask with availableFrom and availableTo together.', fr: 'Indiquez availableFrom et availableTo ensemble.' },
      { errors: [{ pointer: missing, message: { en: 'is required', fr: 'est requis' } }] });
  }
  const period = periodOf(availableFrom, availableTo);
  return isRefusal(period) ? period : { quantity: quantity ?? 1, from: period[0], to: period[1] };
}

export const equipmentOperations: HandlersIn<typeof contract> = {
  ...importOperations,
  ...exportOperations,

  async listEquipment(input, { tx }) {
    const free = freeFilter(input);
    return isRefusal(free) ? free : listOfEquipment(tx, { ...input, free });
  },

  async createEquipment(creation, { tx, tell, now }) {
    const draft = itemOf(creation, { id: uuid7(), reference: '', now });
    const wrong = checkItem(draft);
    if (wrong) return wrong;
    const category = await holdCategory(tx, draft.category);
    const misplaced = checkPlace(category, draft.subcategory) ?? (await strangeAccessory(tx, draft.accessoryIds));
    if (misplaced) return misplaced;
    const { code } = category!;
    const item = { ...draft, reference: referenceOf(code, (await takeNumbers(tx, new Map([[code, 1]]))).get(code)!) };
    const [created] = await addStock(tx, [{ item }]);
    tell(equipmentCreated, created!.item, { version: created!.version, changes: changesBetween({}, created!.item) });
    return reply(shown(created!.item), { version: created!.version });
  },

  async getEquipment({ id }, { tx }) {
    const kept = await readEquipment(tx, id);
    return kept ? reply(await shownNow(tx, kept.item), { version: kept.version }) : notFound(saidEquipment);
  },

  async patchEquipment({ id, ...patch }, { tx, tell, expectedVersion }) {
    // Before anything is read: what is promised must not change between the look and the new total. And who decides must hear of it.
    if (countsForDecisions.some((field) => patch[field] !== undefined)) await lockPartition(tx);
    const before = await lockOne(tx, id);
    if (!before) return notFound(saidEquipment);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    const item = patched(before.item, patch);
    const refused = await checkChange(tx, before.item, item);
    if (refused) return refused;
    if (changedFields(before.item, item).length === 0) return reply(await shownNow(tx, before.item), { version: before.version });
    const [after] = await changeStock(tx, [{ before, item }]);
    if (item.quantityTotal !== before.item.quantityTotal) await refreshShortages(tx, [item.id]);
    tell(equipmentChanged, after!.item, { version: after!.version, changes: changesBetween(before.item, after!.item) });
    return reply(await shownNow(tx, after!.item), { version: after!.version });
  },

  async archiveEquipment({ id }, { tx, tell, now, expectedVersion }) {
    await lockPartition(tx);
    const before = await lockOne(tx, id);
    if (!before) return notFound(saidEquipment);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    if (before.item.archivedAt !== null) return null;
    const promised = (await promisedOf(tx, [before.item.id])).get(before.item.id) ?? 0;
    if (promised > 0) return itemInUse(promised);
    const [after] = await changeStock(tx, [{ before, item: { ...before.item, archivedAt: now.toISOString() } }]);
    tell(equipmentArchived, after!.item, { version: after!.version, changes: { archivedAt: [null, after!.item.archivedAt] } });
    return null;
  },

  async listStatusHistory({ id, ...page }, { tx }) {
    return (await readEquipment(tx, id)) ? statusHistory(tx, id, page) : notFound(saidEquipment);
  },

  async listUnits({ id, ...page }, { tx }) {
    return (await readEquipment(tx, id)) ? listOfUnits(tx, id, page) : notFound(saidEquipment);
  },
};
