/** What is scrapped or given up leaves the stock for good. */
import { inventory } from '@regie/contracts';
import { changesBetween, type Tx } from '@regie/store';
import { lockEquipment, updateEquipment } from '../equipment/equipment.store.ts';

/** Lowers an equipment's total, and tells. The company's partition is locked. */
export async function lowerTotal(tx: Tx, equipmentId: string, by: number): Promise<void> {
  if (by === 0) return;
  const { item } = (await lockEquipment(tx, [equipmentId])).get(equipmentId)!;
  const [after] = await updateEquipment(tx, [{ ...item, quantityTotal: Math.max(0, item.quantityTotal - by) }]);
  tx.tell(inventory.facts.equipmentChanged, after!.item, { version: after!.version, changes: changesBetween(item, after!.item) });
}
