/** A service with a database: its operations each in one transaction, its reactions, its relay. */
import { encodeAnswer, type Heard, type Question, type Served } from '@regie/bus';
import { isRefusal, refuse, type Handlers, type ServiceContract } from '@regie/contracts';
import { claimKey, closeDatabase, databaseTrouble, isLockTimeout, isOutage, keepAnswer, openDatabase, quarantine, startRelay, transact, workOf, type Database, type Tx } from '@regie/store';
import type { EntitySchema } from 'typeorm';
import { answerOperations, openApp, openHealth, react, untilReady, type App } from './app.ts';
import { common, readEnvironment, withDatabase } from './environment.ts';
import { sealOrigin } from './origin.ts';

/** What a handler gets besides its input: the contract's context and the transaction. */
export interface InTransaction { readonly tx: Tx }
export type HandlersIn<Ops> = Handlers<Ops, InTransaction>;

/** What a reaction gets: it opens its own transactions, since a batch may be of many companies. */
export interface Reacting {
  readonly app: App;
  readonly db: Database;
  /** The trace of this batch. */
  readonly traceparent: string;
}
export interface ServiceReaction {
  /** Most messages at once. */
  readonly batch?: number;
  handle(messages: readonly Heard[], reacting: Reacting): Promise<void>;
}

export interface ServiceParts<Contract extends ServiceContract> {
  readonly contract: Contract;
  readonly tables: readonly EntitySchema[];
  readonly operations: HandlersIn<Contract['operations']>;
  /** One for each listener of the contract. */
  readonly reactions: { readonly [Name in keyof Contract['listeners']]: ServiceReaction };
  /** Starts what else runs in the process (timers); what it returns is called at the stop. */
  readonly alongside?: (reacting: Omit<Reacting, 'traceparent'>) => () => Promise<void>;
}

/** Starts the service and resolves when it answers. */
export async function startService<Contract extends ServiceContract>({ contract, tables, operations, reactions, alongside }: ServiceParts<Contract>, environment: NodeJS.ProcessEnv = process.env): Promise<App> {
  const env = readEnvironment({ ...common, ...withDatabase }, environment);
  const app = await openApp(contract.name, env);
  app.phase = 'starting';
  await openHealth(app);
  const db = await openDatabase(contract.name, env.DATABASE_URL, tables as EntitySchema[], { poolSize: env.DATABASE_POOL });
  app.closers.push(() => closeDatabase(db));
  app.readyChecks.push(() => databaseTrouble(db));

  const relay = startRelay(app.bus, env.DATABASE_URL, (error) => app.log.warn({ error: (error as Error).message }, 'relay'));
  db.onTold = relay.kick;
  app.closers.push(() => relay.stop());
  app.metrics.gauge('regie_outbox_pending', () => relay.status().pending);
  app.metrics.gauge('regie_outbox_oldest_seconds', () => relay.status().oldestSeconds);
  app.metrics.gauge('regie_outbox_leading', () => Number(relay.status().leading));

  if (alongside) app.closers.push(alongside({ app, db }));
  await untilReady(app);
  for (const [name, listener] of Object.entries(contract.listeners)) {
    const { handle, batch } = reactions[name as keyof Contract['listeners']];
    react(app, listener, { batch, handle: (messages, traceparent) => handle(messages, { app, db, traceparent }) }, { quarantine: (unreadable) => quarantine(db, unreadable), isOutage });
  }
  answerOperations(app, contract.operations, perform(db, operations as Record<string, AnyHandler>, env.ORIGIN_KEY), isOutage);
  // Ready means that a question asked now is answered: the server knows the subscription.
  await app.bus.nc.flush();
  app.log.info({ port: env.HEALTH_PORT }, 'ready');
  return app;
}

type AnyHandler = (input: unknown, context: unknown) => Promise<never>;

/** One question, one transaction: claim the key, handle, keep the answer, commit. */
const perform = (db: Database, handlers: Readonly<Record<string, AnyHandler>>, originKey: string | undefined) => async (question: Question, traceparent: string): Promise<Served> => {
  const { operation, caller, input, expectedVersion, deadline } = question;
  const keyed = operation.keyed && question.idempotencyKey !== undefined;
  let claiming = false;
  try {
    return await transact(db, workOf(caller, { traceparent, deadline, origin: originKey === undefined ? undefined : sealOrigin(originKey, caller) }), async (tx) => {
      if (keyed) {
        claiming = true;
        const earlier = await claimKey(tx, question);
        claiming = false;
        if (earlier) return isRefusal(earlier) ? encodeAnswer(operation, earlier as never, caller, input) : earlier;
      }
      const answer = await handlers[question.key]!(input, { caller, now: tx.now, expectedVersion, tell: tx.tell, tx });
      const served = encodeAnswer(operation, answer, caller, input);
      if (keyed) await keepAnswer(tx, question, served);
      return served;
    });
  } catch (error) {
    if (!claiming || !isLockTimeout(error)) throw error;
    const busy = refuse('idempotency.in-progress', { en: 'The first request with this key is still being answered. Ask again in a moment.', fr: 'La première requête avec cette clé est en cours. Redemandez dans un instant.' });
    return encodeAnswer(operation, busy as never, caller, input);
  }
};
