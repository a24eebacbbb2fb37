/** What audit's tests share: the service on real servers, facts told by other services, and a MongoDB that can go away. */
import { connectBus, openPublisher, type Bus } from '@regie/bus';
import { services } from '@regie/contracts';
import { stopApp, type App } from '@regie/runtime';
import { uuid7 } from '@regie/store';
import { freePort, freshNats, type FreshNats } from '@regie/testing';
import { randomBytes } from 'node:crypto';
import { startAudit } from '../src/audit.ts';
import { openMongo, type Mongo } from '../src/database.ts';
import { unpacked } from '../src/packed.ts';
import { keptEntryOf, type KeptEntry } from '../src/trail/entry.ts';

/** A database name of its own on the test server. */
export function freshMongoUrl(): string {
  const given = process.env['TEST_MONGODB_URL'];
  if (!given) throw new Error('TEST_MONGODB_URL is missing: run the tests with "npm test".');
  const url = new URL(given);
  url.pathname = `/test_audit_${randomBytes(6).toString('hex')}`;
  return url.href;
}

/** What the trail keeps of a company, sealed, out of its blocks. */
export const keptOf = async ({ blocks }: Mongo, companyId: string): Promise<KeptEntry[]> =>
  (await blocks.find({ companyId }).sort({ _id: 1 }).toArray()).flatMap(({ body }) => unpacked(body.buffer).map(keptEntryOf));

export interface FactOver {
  id?: string; companyId?: string; actorId?: string | null; subject?: string; sequence?: number; time?: string;
  traceparent?: string; origin?: string; data?: Record<string, unknown>; changes?: Record<string, [unknown, unknown]>;
}
export interface ToldFact { readonly id: string; readonly subject: string; readonly message: string; readonly companyId: string; readonly aggregate: string }

/** `aFact('inventory.equipment.created', { … })` as inventory's relay would publish it. */
export function aFact(name: string, over: FactOver = {}): ToldFact {
  const [service] = name.split('.') as [keyof typeof services];
  const fact = Object.values(services[service].facts as Record<string, { name: string; visibility: string }>).find((one) => one.name === name);
  if (!fact) throw new Error(`no fact ${name}`);
  const {
    id = uuid7(), companyId = uuid7(), actorId = uuid7(), subject = uuid7(), sequence = 1,
    time = new Date().toISOString(), data = {}, changes = {}, traceparent, origin,
  } = over;
  const message = JSON.stringify({
    specversion: '1.0', id, source: `/${service}`, type: `regie.${name}.v1`, subject, time, datacontenttype: 'application/json', dataschema: '/asyncapi.json', companyid: companyId,
    ...(actorId === null ? {} : { actorid: actorId }), sequence: String(sequence),
    ...(traceparent && { traceparent }), ...(origin && { origin }), data: { id: subject, ...data, changes },
  });
  return { id, subject: `${fact.visibility === 'partner' ? 'evt' : 'int'}.${companyId}.${name}.v1`, message, companyId, aggregate: subject };
}

export interface Rig {
  readonly nats: FreshNats;
  readonly mongo: Mongo;
  readonly mongoUrl: string;
  readonly gateway: Bus;
  readonly originKey: string;
  health: string;
  /** Publishes facts under new message ids, so that JetStream lets the same one through again. */
  tell(...facts: readonly ToldFact[]): Promise<void>;
  start(over?: NodeJS.ProcessEnv): Promise<App>;
  environment(over?: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv>;
  drop(): Promise<void>;
}

export async function rig(mongoUrl = freshMongoUrl()): Promise<Rig> {
  const nats = await freshNats();
  const originKey = randomBytes(32).toString('base64url');
  const mongo = openMongo(mongoUrl);
  const gateway = await connectBus(nats.url('gateway'));
  const tellers = new Map<string, Promise<{ bus: Bus; publisher: ReturnType<typeof openPublisher> }>>();
  const apps: App[] = [];
  const one: Rig = {
    nats, mongo, mongoUrl, gateway, originKey, health: '',
    async tell(...facts) {
      for (const fact of facts) {
        const service = fact.subject.split('.')[2]!;
        let teller = tellers.get(service);
        if (!teller) tellers.set(service, (teller = connectBus(nats.url(service as 'inventory')).then((bus) => ({ bus, publisher: openPublisher(bus) }))));
        await (await teller).publisher.publish([{ subject: fact.subject, id: uuid7(), message: fact.message }]);
      }
    },
    async environment(over = {}) {
      const port = await freePort();
      one.health = `http://127.0.0.1:${port}`;
      return { NATS_URL: nats.url('audit'), MONGODB_URL: mongoUrl, HEALTH_PORT: String(port), LOG_LEVEL: 'error', ORIGIN_KEY: originKey, ...over };
    },
    async start(over) {
      const app = await startAudit(await one.environment(over));
      apps.push(app);
      return app;
    },
    async drop() {
      for (const app of apps) await stopApp(app);
      for (const { bus, publisher } of await Promise.all(tellers.values())) { publisher.close(); await bus.nc.close(); }
      await gateway.nc.close();
      await mongo.blocks.db.dropDatabase().catch(() => undefined);
      await mongo.keys.db.dropDatabase().catch(() => undefined);
      await mongo.client.close();
      await nats.drop();
    },
  };
  return one;
}
