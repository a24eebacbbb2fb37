/** Broken variants of the service, to be given to the same tests as the real one and seen to fail. Nothing in the service can be switched to behave like this. */
import type { ServiceReaction } from '@regie/runtime';
import { transactMany, type Tx } from '@regie/store';
import { orderOf, settleOrders } from '../../src/reservations/settlement.reactions.ts';

type Statement = Parameters<Tx['query']>[0];
type Answer = <Row>(rows: Row[]) => Row[];
const nameOf = (statement: Statement): string => (typeof statement === 'string' ? '' : statement.name);

/** The same transaction, with what some statements ask or answer changed. */
const tampered = (tx: Tx, tamper: (name: string, values: readonly unknown[]) => { text: string } | Answer | undefined): Tx => ({
  ...tx, companyId: tx.companyId, actorId: tx.actorId, now: tx.now, manager: tx.manager,
  async query<Row>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    const change = tamper(nameOf(statement), values);
    if (change === undefined) return tx.query<Row>(statement, values);
    if (typeof change === 'function') return change(await tx.query<Row>(statement, values));
    return tx.query<Row>(change.text, values);
  },
});

/** Nobody waits for anybody: the partition's row is read, and not locked. A batch takes its time between reading and writing, as under load. */
export const withoutLock = (tx: Tx): Tx => tampered(tx, (name) => {
  if (name === 'partition-lock') return { text: 'select id as company_id, 1 as version from unnest($1::uuid[]) id' };
  return undefined;
});

/** Every order seems to be the newest there is. */
export const olderWins = (tx: Tx): Tx => tampered(tx, (name) => (name === 'reservations' ? <Row>(rows: Row[]) => rows.map((row) => ({ ...row, revision: 0 })) : undefined));

/** Decides like the service, through a transaction that was tampered with. */
export const settleThrough = (tamper: (tx: Tx) => Tx, batch?: number): ServiceReaction => ({
  // A company's orders are heard by one process: who would meet there are its two hands.
  inHand: 2,
  ...(batch === undefined ? {} : { batch }),
  async handle(messages, { db, traceparent }) {
    const orders = messages.toSorted((a, b) => a.streamSequence - b.streamSequence).map(orderOf);
    await transactMany(db, orders.map(({ companyId }) => companyId), { actorId: null, traceparent }, (tx) => settleOrders(tamper(tx), orders));
  },
});

/** The same death for everybody: the first batch has written everything and does not live to commit it. */
export function dyingBeforeCommit(): ServiceReaction {
  let died = false;
  return {
    async handle(messages, { db, traceparent }) {
      const orders = messages.map(orderOf);
      await transactMany(db, orders.map(({ companyId }) => companyId), { actorId: null, traceparent }, async (tx) => {
        await settleOrders(tx, orders);
        if (!died) { died = true; throw new Error('dead before the commit'); }
      });
    },
  };
}

/** Says it is done before it is: acknowledges at once, and commits when it comes to it. */
export const acknowledgingFirst = (real: ServiceReaction): ServiceReaction => ({
  handle(messages, reacting) {
    void real.handle(messages, reacting).catch(() => undefined);
    return Promise.resolve();
  },
});
