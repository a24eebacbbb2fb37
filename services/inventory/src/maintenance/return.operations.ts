/** What a return opens: a repair for what came back damaged, a loss for what did not come back. In the transaction of the return. */
import { inventory } from '@regie/contracts';
import { changesBetween, uuid7, type Tx } from '@regie/store';
import { shortIn } from '../reservations/shortage.store.ts';
import { lossView, type Missed } from './loss.ts';
import { insertLoss } from './loss.store.ts';
import { maintenanceView, newRepair, takesUntil } from './maintenance.ts';
import { insertMaintenance } from './maintenance.store.ts';

const { maintenanceOpened, lossOpened } = inventory.facts;

interface Back { readonly lineId: string; readonly equipmentId: string; readonly quantity: number }

/** Opens a repair for each. @returns what tells them, once it is known what they put at risk; answers their ids */
export async function openDamaged(tx: Tx, damaged: readonly (Back & { readonly note: string })[], at: number): Promise<{ tell(): Promise<string[]> }> {
  const now = tx.now.getTime();
  const repairs = damaged.map(({ lineId, equipmentId, quantity, note }) =>
    newRepair({ id: uuid7(now), equipmentId, quantity, priority: 'medium', problem: note, startsAt: at, expectedEndAt: null, reservationLineId: lineId }, now));
  for (const repair of repairs) await insertMaintenance(tx, repair);
  return {
    async tell() {
      for (const repair of repairs) {
        const until = takesUntil(repair, now);
        const view = maintenanceView(repair, await shortIn(tx, repair.equipmentId, new Date(repair.startsAt), until === null ? null : new Date(until)));
        tx.tell(maintenanceOpened, view, { version: 1, changes: changesBetween({}, view) });
      }
      return repairs.map(({ id }) => id);
    },
  };
}

/** Opens a loss for each. */
export async function openMissing(tx: Tx, reservationId: string, missing: readonly (Back & { readonly note?: string | undefined })[], at: number): Promise<{ tell(): string[] }> {
  const now = tx.now.getTime();
  const losses = missing.map(({ lineId, equipmentId, quantity, note }): Missed =>
    ({
      id: uuid7(now), version: 1, equipmentId, reservationId, lineId, quantity, status: 'open',
      note: note ?? null, lostAt: at, settledAt: null, createdAt: now, updatedAt: now,
    }));
  for (const loss of losses) await insertLoss(tx, loss);
  return {
    tell() {
      for (const loss of losses) tx.tell(lossOpened, lossView(loss), { version: 1, changes: changesBetween({}, lossView(loss)) });
      return losses.map(({ id }) => id);
    },
  };
}
