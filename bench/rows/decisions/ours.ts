/**
 * Decisions as inventory makes them: its settle function behind `grouped()`, two batches under way as its consumer has them. argv: databaseUrl,
 * companyId, width, seconds, file with equipment ids
 */
import { closeDatabase, grouped, openDatabase, uuid7 } from '@regie/store';
import { tables } from '../../../services/inventory/src/database.ts';
import { settlingOf } from '../../../services/inventory/src/reservations/settlement.reactions.ts';
import type { GivenOrder } from '../../../services/inventory/src/reservations/telling.reactions.ts';
import { idsIn, requests, run } from '../../src/work.ts';

const [url, companyId, width, seconds, file] = process.argv.slice(2) as [string, string, string, string, string];

const db = await openDatabase('inventory', url, [...tables]);
const next = requests(idsIn(file));

function order(): GivenOrder {
  const { id, eventId, lines } = next();
  return {
    settlementId: id, companyId, eventId, eventName: 'Gala', work: { actorId: null },
    reservations: [{
      id, revision: 1, allowPartial: false, requestedBy: null,
      lines: lines.map(({ equipmentId, quantity, from, to }) => ({ id: uuid7(), equipmentId, kitId: null, quantity, from: from.toISOString(), to: to.toISOString() })),
    }],
  };
}

const { settle } = settlingOf(db);
const decide = grouped(async (orders: readonly GivenOrder[]): Promise<boolean[]> => {
  const outcomes = new Map((await settle(orders)).map((decision) => [decision.order, decision.outcome]));
  return orders.map((one) => outcomes.get(one) === 'accepted');
}, Number(width) / 2, 2);

await run(Number(width), Number(seconds), () => decide(order()));
await closeDatabase(db);
