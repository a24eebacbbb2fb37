/** How many of ten orders are decided when the first batch dies before its commit. */
import { inventory, partsOf } from '@regie/contracts';
import type { ServiceReaction } from '@regie/runtime';
import { eventually } from '@regie/testing';
import { parts } from '../src/inventory.ts';
import { aLine, type Stage } from './stage.ts';

/** Ten orders are given together; it is over when the stream has nothing left to give, and nothing given is without an answer. */
export async function survivors(stage: Stage, settle: ServiceReaction): Promise<number> {
  const equipmentId = await stage.equipment(20);
  const orders = Array.from({ length: 10 }, () => stage.order([{ lines: [aLine(equipmentId, 1)] }]));
  await stage.publish(orders);
  const app = await stage.start({ reactions: { ...parts.reactions, settle } });
  const waiting = async () => {
    const slots = await Promise.all(partsOf(inventory.listeners.settle).map(({ name }) => app.bus.manager.consumers.info('COMMANDS', name)));
    return slots.reduce((sum, { num_pending: unheard, num_ack_pending: unsettled }) => sum + unheard + unsettled, 0);
  };
  await eventually(waiting, (left) => left === 0);
  const rows = await stage.db.query('select 1 from decision where settlement_id = any($1::uuid[])', [orders.map(({ data }) => data.settlementId)]);
  await stage.stop([app]);
  return rows.length;
}
