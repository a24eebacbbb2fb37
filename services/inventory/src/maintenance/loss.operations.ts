/** Losses: found again, or given up. */
import { inventory, isRefusal, notFound, reply } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale, type Tx } from '@regie/store';
import { noteStatusChanges, statusesOf } from '../equipment/status.store.ts';
import { lockPartition } from '../reservations/partition.store.ts';
import { refreshShortages } from '../reservations/shortage.reactions.ts';
import { lossView, settled, type Missed } from './loss.ts';
import { listOfLosses, lossOf, updateLoss } from './loss.store.ts';
import { lowerTotal } from './total.operations.ts';

const { listLosses, findLoss, writeOffLoss } = inventory.operations;
const { lossSettled } = inventory.facts;

export const lossOperations: HandlersIn<{ listLosses: typeof listLosses; findLoss: typeof findLoss; writeOffLoss: typeof writeOffLoss }> = {
  async listLosses(input, { tx }) {
    const page = await listOfLosses(tx, input);
    return isRefusal(page) ? page : { items: page.rows.map(lossView), nextCursor: page.nextCursor };
  },
  findLoss: ({ id }, { tx, expectedVersion }) => settle(tx, id, expectedVersion, 'found'),
  writeOffLoss: ({ id }, { tx, expectedVersion }) => settle(tx, id, expectedVersion, 'written_off'),
};

async function settle(tx: Tx, id: string, expectedVersion: number | undefined, status: 'found' | 'written_off') {
  await lockPartition(tx);
  const before = await lossOf(tx, id);
  if (!before) return notFound({ en: 'loss', fr: 'perte' });
  if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
  const decided = settled(before, status, tx.now.getTime());
  if (isRefusal(decided)) return decided;
  const after: Missed = { ...decided, version: before.version + 1, updatedAt: tx.now.getTime() };
  const statuses = await statusesOf(tx, [after.equipmentId]);
  await updateLoss(tx, after);
  if (status === 'written_off') await lowerTotal(tx, after.equipmentId, after.quantity);
  await refreshShortages(tx, [after.equipmentId]);
  tx.tell(lossSettled, lossView(after), { version: after.version, changes: changesBetween(lossView(before), lossView(after)) });
  await noteStatusChanges(tx, statuses, { kind: 'loss', id });
  return reply(lossView(after), { version: after.version });
}
