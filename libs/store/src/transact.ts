/** One operation, one transaction: what it saved and what it tells are committed together, or not at all. */
import type { Caller, Changes, Command, Fact, OrderOf, StateOf } from '@regie/contracts';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { PoolClient } from 'pg';
import type { Database } from './database.ts';
import { commandRow, factRow, leaving, type OutboxEntry } from './outbox.ts';
import type { Told } from './told.ts';
import { checkedUuid, nobody } from './uuid.ts';

/** On whose behalf, and until when. */
export interface Work {
  readonly companyId: string | null;
  readonly actorId: string | null;
  readonly traceparent?: string | undefined;
  /** The message this reacts to. */
  readonly causationId?: string | undefined;
  /** Address and user agent, sealed for the audit trail. */
  readonly origin?: string | undefined;
  /** When nobody waits any more, in milliseconds since 1970: statements are given up then. */
  readonly deadline?: number | undefined;
}

/** How long a transaction across companies waits: for its statements, and in milliseconds for one lock that somebody else holds. */
export interface Patience extends Pick<Work, 'deadline'> { readonly lockTimeout?: number }

export interface Tx {
  /** TypeORM's manager of this transaction, for plain resources. */
  readonly manager: EntityManager;
  /**
   * One statement, prepared once per connection when it has a `name`. Whoever needs no answer need not wait for it: it leaves with what is asked next,
   * and where it fails nothing is committed.
   */
  query<Row = Record<string, unknown>>(statement: string | { name: string; text: string }, values?: readonly unknown[]): Promise<Row[]>;
  readonly companyId: string;
  readonly actorId: string | null;
  /** The transaction's own time: one clock for all that is written in it. */
  readonly now: Date;
  /** Tells a fact, in the outbox of this transaction. `version` is the aggregate's row version after the change; `work`, where given, says on whose behalf. */
  tell<F extends Fact>(fact: F, state: StateOf<F>, about: { version: number; changes?: Changes; companyId?: string; actorId?: string | null; work?: Partial<Work> }): void;
  /** Gives a command. `id` names the order: giving it twice is giving it once. In a transaction of several companies `work` says on whose behalf. */
  order<C extends Command>(command: C, data: OrderOf<C>, about: { id: string; subject: string; work?: Partial<Work> }): void;
}

/** What can be asked in the same trip in which the transaction begins: its time is not known yet, and nothing can be told. */
export type Beginning = Pick<Tx, 'query'>;

/**
 * What a transaction says besides `begin`, in the same trip. Ids are checked, since `set` takes no parameters.
 * Tables are shared by all companies: reading one whole for the rows of one company is never right, however small it was when the plan was made.
 */
const opening = (companyId: string | null, deadline: number | undefined): string => {
  const patience = patienceUntil(deadline);
  return `begin; set local enable_seqscan = off; set local app.company = '${checkedUuid(companyId ?? nobody)}'; ${patiently(patience, 5_000)}; select now() as now`;
};

/** The same for a transaction that sees the rows of the companies named and no others; see `many_companies` in infrastructure.ts. */
export const openingForMany = (service: string, companyIds: readonly string[], { deadline, lockTimeout = 10_000 }: Patience): string => {
  const patience = patienceUntil(deadline);
  const companies = `{${companyIds.map(checkedUuid).join(',')}}`;
  return `begin; set local enable_seqscan = off; set local role "${service}_batch";
    set local app.companies = '${companies}'; ${patiently(patience, lockTimeout)}; select now() as now`;
};

const patiently = (patience: number, lockTimeout: number): string => `set local statement_timeout = ${patience}; set local lock_timeout = ${Math.min(lockTimeout, patience)}`;

/** How long its statements go on, in milliseconds: until the deadline, half a minute at most. */
const patienceUntil = (deadline: number | undefined): number => Math.min(30_000, Math.max(100, (deadline ?? Date.now() + 30_000) - Date.now()));

/**
 * Runs `body` in one transaction that sees one company's rows. A value commits (a refusal too); only a throw rolls back.
 * @throws what `body` throws, and the database's errors
 */
export const transact = <T>(db: Database, work: Work, body: (tx: Tx) => Promise<T>): Promise<T> => run(db, opening(work.companyId, work.deadline), work, body);

/** The same across the companies named, for batches of messages. Each statement names its companies all the same. */
export const transactMany = <T>(db: Database, companyIds: readonly string[], work: Omit<Work, 'companyId'> & Patience, body: (tx: Tx) => Promise<T>): Promise<T> =>
  transactManyAhead(db, companyIds, work, () => Promise.resolve(undefined), body);

/**
 * The same, where it is known before what is to be read or written first: that is sent with the begin, one trip for both.
 * @param ahead sends its statements before it waits for anything; what it finds is given to `body`
 */
export const transactManyAhead = <T, Found>(
  db: Database, companyIds: readonly string[], work: Omit<Work, 'companyId'> & Patience, ahead: (tx: Beginning) => Promise<Found>, body: (tx: Tx, found: Found) => Promise<T>,
): Promise<T> => run(db, openingForMany(db.service, [...new Set(companyIds)], work), { ...work, companyId: null }, body, ahead);

async function run<T, Found = undefined>(
  db: Database, open: string, work: Work, body: (tx: Tx, found: Found) => Promise<T>, ahead: (tx: Beginning) => Promise<Found> = async () => undefined as Found,
): Promise<T> {
  const runner = db.source.createQueryRunner();
  let told: readonly Told[] = [];
  /** What failed first is the cause of all that fails after it: the database takes nothing more of this transaction. */
  const failures: Error[] = [];
  try {
    const client = (await runner.connect()) as PoolClient;
    const query = <Row>(statement: string | { name: string; text: string }, values: readonly unknown[] = []): Promise<Row[]> => {
      const sent = typeof statement === 'string' ? client.query(statement, values as unknown[]) : client.query({ ...statement, values: values as unknown[] });
      const rows = sent.then((result) => result.rows as Row[]);
      // Seen here, since nobody has to wait for it.
      rows.catch((error: unknown) => { failures.push(error as Error); });
      return rows;
    };
    const opening = client.query(open) as unknown as Promise<{ rows: { now: Date }[] }[]>;
    // TypeORM must know it, or its own saves would open a transaction inside.
    mark(runner, true);
    const [opened, found] = await Promise.all([opening, ahead({ query })]);
    const outbox: OutboxEntry[] = [];
    const now = opened.at(-1)!.rows[0]!.now;
    const tx: Tx = {
      manager: runner.manager, companyId: work.companyId ?? nobody, actorId: work.actorId, now, query,
      tell: (fact, state, {
        version, changes = {}, work: more, companyId = more?.companyId ?? work.companyId ?? undefined,
        actorId = more?.actorId === undefined ? work.actorId : more.actorId,
      }) =>
        void outbox.push(factRow(db.service, fact, state, { ...work, ...more, version, changes, now, companyId, actorId })),
      order: (command, data, { id, subject, work: more }) => void outbox.push(commandRow(db.service, command, data, { id, subject, now, ...work, ...more })),
    };
    const result = await body(tx, found);
    // Made before anything is sent: what cannot be told must not be committed either. A statement that fails makes the commit roll back.
    const telling = outbox.length > 0 ? leaving(outbox) : undefined;
    const [rows, committed] = await Promise.all([telling && tx.query<{ position: number }>(...telling.statement), client.query('commit')]);
    // A commit of a failed transaction answers ROLLBACK, without an error.
    if (committed.command !== 'COMMIT') throw failures[0] ?? new Error('the transaction was rolled back');
    mark(runner, false);
    told = rows ? telling!.told(rows) : [];
    return result;
  } catch (error) {
    if (runner.isTransactionActive) {
      mark(runner, false);
      await runner.query('rollback').catch(() => undefined);
    }
    throw isAftermath(error) ? (failures[0] ?? (error as Error)) : error;
  } finally {
    await runner.release();
    if (told.length > 0) db.onTold(told);
  }
}

/** Refused only because a statement before it had failed. */
const isAftermath = (error: unknown): boolean => (error as { code?: string } | null)?.code === '25P02';

/** TypeORM declares the property read-only, and has no other way to be told of a transaction it did not begin itself. */
const mark = (runner: QueryRunner, active: boolean): void => { (runner as { isTransactionActive: boolean }).isTransactionActive = active; };

/** The work of one caller. */
export const workOf = (caller: Caller, more: Partial<Work> = {}): Work => ({ companyId: caller.companyId, actorId: caller.id, ...more });
