/** Writers that take turns as it comes, each on its own for a while, over pieces that are too few. Given to the service, and to broken variants of it. */
import type { Settling } from '../src/reservations/settling.reactions.ts';
import type { Desk } from './desk.ts';
import { aLine } from './stage.ts';
import { sweep, type OverPromise } from './sweep.ts';

/** @returns how many of 240 orders were decided, and where more is promised than there is */
export async function crowd(desk: Desk, writers: readonly Settling[]): Promise<{ decided: number; over: OverPromise[] }> {
  const equipmentIds = await Promise.all(Array.from({ length: 4 }, () => desk.equipment(30)));
  let decided = 0;
  const orders = (count: number, from: number) => Array.from({ length: count }, (_, index) => desk.order([{ lines: [aLine(equipmentIds[index % 4]!, 2, from, from + 8)] }]));
  // Alone for some batches, so that all is known and decided ahead; then all of them at once, for the same periods.
  for (const round of [0, 1, 2]) {
    for (const writer of writers) for (let turn = 0; turn < 4; turn++) decided += (await writer.settle(orders(4, 100 * round + 2 * turn))).length;
    const rush = writers.map(async (writer) => {
      const batches = await Promise.all(Array.from({ length: 6 }, () => writer.settle(orders(4, 100 * round + 4))));
      return batches.flat().length;
    });
    for (const count of await Promise.all(rush)) decided += count;
  }
  return { decided, over: (await sweep(desk.db)).filter((one) => equipmentIds.includes(one.equipment_id)) };
}
