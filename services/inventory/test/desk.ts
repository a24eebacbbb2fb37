/** Decisions on a real database, without the streams: writers of one company, and everybody else who changes what they decide by. */
import { isReply, type Caller } from '@regie/contracts';
import { closeDatabase, openDatabase, transact, transactMany, uuid7, type Database } from '@regie/store';
import { aCaller, freshDatabase, type FreshDatabase } from '@regie/testing';
import { migrations, tables } from '../src/database.ts';
import { parts } from '../src/inventory.ts';
import type { Known } from '../src/reservations/known.ts';
import { settleOrders } from '../src/reservations/settlement.reactions.ts';
import type { Decision } from '../src/reservations/settlement.ts';
import { openSettling, type Settling, type SettleUnderLock } from '../src/reservations/settling.reactions.ts';
import type { GivenOrder } from '../src/reservations/telling.reactions.ts';
import type { Desired } from './stage.ts';

type Operation = keyof typeof parts.operations;

export interface Desk {
  readonly db: FreshDatabase;
  readonly caller: Caller;
  readonly companyId: string;
  /** A process's worth of deciding. */
  writer(over?: { readonly through?: (db: Database) => Database; readonly underLock?: SettleUnderLock; readonly known?: Known }): Promise<Settling>;
  equipment(total: number, over?: Readonly<Record<string, unknown>>): Promise<string>;
  order(reservations: readonly Partial<Desired>[], over?: Partial<GivenOrder>): GivenOrder;
  /** What any other operation of the service does. */
  operate(operation: Operation, input: object): Promise<any>;
  /** What is decided by the rows alone, with nothing known from before; nothing of it stays. */
  byRows(orders: readonly GivenOrder[]): Promise<Decision<GivenOrder>[]>;
  drop(): Promise<void>;
}

class Undone extends Error {}

export async function openDesk(): Promise<Desk> {
  const db = await freshDatabase('inventory', migrations);
  const caller = aCaller();
  const companyId = caller.companyId!;
  const open: Database[] = [];
  const connect = async (): Promise<Database> => {
    const database = await openDatabase('inventory', db.url, [...tables]);
    open.push(database);
    return database;
  };
  const others = await connect();
  let references = 0;
  return {
    db, caller, companyId,
    async writer({ through = (database: Database) => database, underLock = settleOrders, known } = {}) {
      return openSettling(through(await connect()), underLock, known);
    },
    async equipment(total, over = {}) {
      references++;
      const row = {
        id: uuid7(), company_id: companyId, version: 1, reference: `EQ-SON-${String(references).padStart(3, '0')}`,
        name: 'd&b J8', category: 'sound', tracking: 'bulk', quantity_total: total,
        created_at: new Date(Date.UTC(2026, 0, 1) + references * 1_000), ...over,
      };
      const names = Object.keys(row);
      await db.query(`insert into equipment (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`, Object.values(row));
      return row.id;
    },
    order: (reservations, over = {}) => ({
      settlementId: uuid7(), companyId, eventId: uuid7(), eventName: 'Gala', work: { actorId: caller.id }, ...over,
      reservations: reservations.map((one) => ({ id: uuid7(), revision: 1, allowPartial: false, requestedBy: null, lines: [], ...one })),
    }),
    operate: (operation, input) => transact(others, { companyId: over(input) ?? companyId, actorId: caller.id }, async (tx) => {
      const handler = parts.operations[operation] as unknown as (input: object, context: object) => Promise<unknown>;
      const { companyId: _, ...sent } = input as { companyId?: string };
      const answer = await handler(sent, { tx, caller, now: tx.now, tell: tx.tell, expectedVersion: undefined });
      return isReply(answer) ? answer.body : answer;
    }),
    async byRows(orders) {
      let found: Decision<GivenOrder>[] = [];
      await transactMany(others, orders.map((one) => one.companyId), { actorId: null }, async (tx) => {
        found = await settleOrders(tx, orders);
        throw new Undone();
      }).catch((error: unknown) => { if (!(error instanceof Undone)) throw error; });
      return found;
    },
    async drop() {
      await Promise.all(open.map(closeDatabase));
      await db.drop();
    },
  };
}

const over = (input: object): string | undefined => (input as { companyId?: string }).companyId;
