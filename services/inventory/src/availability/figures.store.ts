/** What equipment has promised and out of service at this moment. */
import type { Tx } from '@regie/store';
import { takenOver } from './availability.store.ts';
import { figuresAt, type Figures } from './availability.ts';

/** For each equipment of the transaction's company: pieces reserved (promised or out) and out of service (in maintenance or lost) now. */
export async function figuresOf(tx: Tx, equipmentIds: readonly string[]): Promise<Map<string, Figures>> {
  const now = tx.now.getTime();
  const taken = await takenOver(tx, equipmentIds, now, now + 1);
  return new Map([...taken].map(([equipmentId, own]) => [equipmentId, figuresAt(own, now)]));
}
