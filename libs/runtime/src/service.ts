/** A service with a database: its operations each in one transaction, its reactions, its relay. */
import type { Consuming, Heard } from '@regie/bus';
import { slotsOf, type ServiceContract } from '@regie/contracts';
import { closeDatabase, databaseTrouble, isOutage, openDatabase, quarantine, shareSlots, startRelay, type Database } from '@regie/store';
import type { EntitySchema } from 'typeorm';
import { answerOperations } from './answering.ts';
import { openApp, openHealth, untilReady, type App } from './app.ts';
import { common, readEnvironment, withDatabase } from './environment.ts';
import { perform, type HandlersIn } from './perform.ts';
import { react, type Reaction } from './reacting.ts';

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
  /** Batches worked on at once; 1 unless said. With more, `handle` must be right whichever ends first. */
  readonly inHand?: number;
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
export async function startService<Contract extends ServiceContract>(parts: ServiceParts<Contract>, environment: NodeJS.ProcessEnv = process.env): Promise<App> {
  const { contract, tables, operations, reactions, alongside } = parts;
  const env = readEnvironment({ ...common, ...withDatabase }, environment);
  const app = await openApp(contract.name, env);
  app.phase = 'starting';
  await openHealth(app);
  const db = await openDatabase(contract.name, env.DATABASE_URL, tables, { poolSize: env.DATABASE_POOL });
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
    const { handle, batch, inHand } = reactions[name as keyof Contract['listeners']];
    const slots = slotsOf(listener);
    const reaction: Reaction = { batch, inHand, shared: slots !== null, handle: (messages, traceparent) => handle(messages, { app, db, traceparent }) };
    const heard = react(app, listener, reaction, { quarantine: (unreadable) => quarantine(db, unreadable), isOutage });
    if (slots !== null) hearShare(app, env.DATABASE_URL, listener.name, slots, heard);
  }
  answerOperations(app, contract.operations, perform(app, db, operations, env.ORIGIN_KEY), isOutage);
  // Ready means that a question asked now is answered: the server knows the subscription.
  await app.bus.nc.flush();
  app.log.info({ port: env.HEALTH_PORT }, 'ready');
  return app;
}

/** Hears the listener's slots that fall to this process, among as many as there are replicas. */
function hearShare(app: App, url: string, name: string, count: number, heard: Consuming): void {
  const slots = shareSlots(url, name, count, {
    hold(slot) { app.log.info({ consumer: name, slot }, 'hears'); heard.hold(slot); },
    async letGo(slot) { await heard.letGo(slot); app.log.info({ consumer: name, slot }, 'hears no more'); },
  }, (error) => app.log.warn({ consumer: name, error: (error as Error).message }, 'slots'));
  app.closers.push(() => slots.stop());
  app.metrics.gauge('regie_slots_held', () => [[{ consumer: name }, slots.held().length] as const]);
}
