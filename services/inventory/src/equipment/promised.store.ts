/** What is promised of equipment from now on, whatever the dates. */
import type { Tx } from '@regie/store';
import { takenOver } from '../availability/availability.store.ts';
import { isOutOfService } from '../availability/taken.ts';
import { peak, useOf } from '../availability/use.ts';

/** Later than every instant a contract takes. */
const beyond = Date.UTC(2101, 0);

/** For each equipment of the transaction's company: the most pieces promised or out at any instant from now on. */
export async function promisedOf(tx: Tx, equipmentIds: readonly string[]): Promise<Map<string, number>> {
  const now = tx.now.getTime();
  const taken = await takenOver(tx, equipmentIds, now, beyond);
  return new Map([...taken].map(([id, own]) => [id, peak(useOf(own.filter((one) => !isOutOfService(one))), now, null)]));
}
