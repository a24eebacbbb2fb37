/** The environment a service is given: all it knows of where it runs. */
import { shared } from '../base/paths.ts';
import type { Secrets } from '../base/secrets.ts';
import type { Server } from '../servers/server.ts';
import type { Database } from './databases.ts';

/** What the person set for us, and no service should see: addresses with rights that are not its own. */
const ours = /^(POSTGRES_URL|NATS_URL|REDIS_URL|MONGODB_URL|DATABASE_(OWNER_)?URL.*|PORT|HEALTH_PORT|NODE_OPTIONS|npm_.*)$/;

/** What every process of the stack inherits: log level, telemetry, time zone and the like pass through. */
export const inherited = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name))),
  // Compiled code is kept between starts: nine processes load the same packages.
  NODE_COMPILE_CACHE: shared.compileCache,
});

export interface Facts {
  readonly env: NodeJS.ProcessEnv;
  readonly healthPort: number;
  readonly gatewayPort: number;
  readonly database: Database | undefined;
  readonly nats: Server;
  readonly redis: Server;
  readonly mongodb: Server;
  readonly secrets: Secrets;
}

/** The variables of one service. */
export function environmentOf(service: string, { env, healthPort, gatewayPort, database, nats, redis, mongodb, secrets }: Facts): NodeJS.ProcessEnv {
  return {
    ...inherited(env),
    NATS_URL: nats.urlFor(service),
    HEALTH_PORT: String(healthPort),
    ORIGIN_KEY: secrets.of('origin'),
    ...(database === undefined ? {} : { DATABASE_URL: database.url }),
    ...(service === 'gateway' ? { PORT: String(gatewayPort), REDIS_URL: redis.url, PUBLIC_URL: `http://localhost:${gatewayPort}` } : {}),
    ...(service === 'identity' ? { IDENTITY_KEY_SECRET: secrets.of('identity.keys') } : {}),
    ...(service === 'audit' ? { MONGODB_URL: mongodb.url } : {}),
  };
}
