/** Audit on one page: it hears every fact there is, keeps it once, proves that it is whole, and answers who may ask. */
import { encodeAnswer, type Question, type Served } from '@regie/bus';
import { audit } from '@regie/contracts';
import { answerOperations, openApp, openHealth, react, readEnvironment, type App } from '@regie/runtime';
import { chainOperations } from './chain/chain.operations.ts';
import { openChain } from './chain/chain.store.ts';
import { bringOver } from './chain/former.store.ts';
import { environment } from './config.ts';
import { watchLag } from './lag.ts';
import { isOutage, makeIndexes, mongoTrouble, openMongo, type Mongo } from './database.ts';
import { quarantine } from './quarantine.store.ts';
import { entryOperations } from './trail/entry.operations.ts';
import { recordFacts } from './trail/entry.reactions.ts';
import { prepared } from './prepared.ts';

/** Facts taken at once, when that many wait. */
const batch = 1_000;
const hour = 60 * 60_000;

/** Starts the service and resolves when it answers. MongoDB may be away: then it is not ready, and what it hears waits. */
export async function startAudit(env: NodeJS.ProcessEnv = process.env): Promise<App> {
  const { MONGODB_URL, ...common } = readEnvironment(environment, env);
  const app = await openApp(audit.name, common);
  const mongo = openMongo(MONGODB_URL);
  app.closers.push(() => mongo.client.close());
  const lag = watchLag(app, audit.listeners);
  app.closers.push(() => lag.stop());
  app.readyChecks.push(async () => {
    const trouble = await mongoTrouble(mongo);
    return trouble === null ? null : `${trouble} (${lag.behind()} facts wait)`;
  });

  const chain = openChain(mongo, ({ _id, hash, entries }) => app.log.info({ block: _id, hash, entries: entries.length }, 'block closed'));
  // At the start, and every hour: replicas of an earlier version may write beside this one while they are replaced.
  const bringOverFormer = async (): Promise<void> => {
    const entries = await bringOver(mongo, chain, new Date());
    if (entries > 0) app.log.info({ entries }, 'entries that an earlier version kept are in blocks of their own companies now');
  };
  const ready = prepared(async () => {
    // The driver tries to connect by itself once only: away for longer than that at the start, MongoDB would be away for ever.
    await mongo.client.connect();
    await makeIndexes(mongo);
    await bringOverFormer();
  }, (error) => app.log.warn({ error: (error as Error).message }, 'MongoDB is not ready'));
  const sweep = setInterval(() => void bringOverFormer().catch((error: unknown) => app.log.warn({ error: (error as Error).message }, 'entries of an earlier version')), hour);
  app.closers.push(() => { clearInterval(sweep); ready.stop(); return Promise.resolve(); });
  app.readyChecks.push(() => Promise.resolve(ready.done() ? null : 'the trail is not open yet'));

  for (const listener of Object.values(audit.listeners)) {
    react(app, listener, { batch, inHand: 2, async handle(facts) { await ready.once(); await recordFacts({ app, mongo, chain }, facts, new Date()); } },
      { quarantine: (unreadable) => quarantine(mongo, unreadable, new Date()), isOutage });
  }
  const answer = answerFrom(mongo);
  // Half a trail is no answer: while one that an earlier version kept is brought over, who asks waits.
  answerOperations(app, audit.operations, async (question) => { await ready.once(); return answer(question); }, isOutage);
  await openHealth(app);
  app.log.info({ port: common.HEALTH_PORT }, 'ready');
  return app;
}

type AnyHandler = (input: unknown, context: unknown) => Promise<never>;
const handlers = { ...entryOperations, ...chainOperations } as unknown as Readonly<Record<string, AnyHandler>>;

/** Audit tells nothing: what it is asked changes nothing. */
const answerFrom = (mongo: Mongo) => async ({ key, operation, caller, input, expectedVersion }: Question): Promise<Served> =>
  encodeAnswer(operation, await handlers[key]!(input, { caller, now: new Date(), expectedVersion, tell: () => undefined, mongo }), caller, input);
