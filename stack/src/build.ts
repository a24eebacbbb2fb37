/** The steps of a start, one after another: lock, servers, databases, services. */
import path from 'node:path';
import { provision } from '@regie/bus';
import type { Undo } from './base/cleanup.ts';
import { endLeftovers } from './base/leftovers.ts';
import { takeLock } from './base/lock.ts';
import { placesIn, root, type Places } from './base/paths.ts';
import { openPortBook } from './base/ports.ts';
import { Problem } from './base/problem.ts';
import type { Watching } from './base/screen.ts';
import { openSecrets } from './base/secrets.ts';
import type { Options, Regie, Servers } from './regie.ts';
import { engineAnswers } from './servers/engine.ts';
import { mongo } from './servers/mongo.ts';
import { nats } from './servers/nats.ts';
import { postgres } from './servers/postgres.ts';
import { serverNames, type Server, type Surroundings } from './servers/server.ts';
import { valkey } from './servers/valkey.ts';
import { databaseOf, migrate, withoutDatabase, type Database } from './services/databases.ts';
import { environmentOf, inherited } from './services/environment.ts';
import { servicesIn, type Service } from './services/service.ts';
import { supervised, type RunningService } from './supervisor.ts';

/** What a start reports to, what cuts it off, and where it leaves what must be undone. */
export interface Starting extends Watching {
  readonly later: (undo: Undo) => Promise<void>;
}

/** Everything but its end. When it throws, nothing of it goes on; what it left for later is the caller's to undo. */
export async function build(options: Options, starting: Starting): Promise<Omit<Regie, 'stop'>> {
  const { screen, signal } = starting;
  const places = placesIn(path.resolve(options.dir));
  await occupy(places, starting);
  const surroundings = await surroundingsIn(places, { ...process.env, ...options.env }, starting);
  const services = servicesIn(options.servicesFolder ?? path.join(root, 'services'));
  // Before the servers take theirs: a server must not get the port that the gateway was asked for.
  const gatewayPort = await gatewayPortOf(options, surroundings);

  const servers = await startServers(services, surroundings);
  signal.throwIfAborted();
  const databases = await prepareDatabases(services, servers.postgres?.url, surroundings);
  signal.throwIfAborted();

  const running = await readyToRun(services, { options, gatewayPort, servers, databases }, surroundings);
  await starting.later(async () => void (await Promise.all(Object.values(running).map((service) => service.stop()))));
  await screen.during('starting the services', () => allAtRest(Object.values(running).map((service) => service.start())));
  return { gateway: `http://127.0.0.1:${gatewayPort}`, services: running, servers, databases };
}

/** One stack per folder; what a killed one left in it is ended first. */
async function occupy(places: Places, { screen, later }: Starting): Promise<void> {
  const lock = await takeLock(places.lock);
  if (typeof lock !== 'function') {
    throw new Problem(`Régie is already running here (process ${lock.pid}); stop it with Ctrl-C in its terminal, or with \`kill ${lock.pid}\`.`);
  }
  await later(lock);
  await endLeftovers(places.pids, serverNames, screen.say);
}

async function surroundingsIn(places: Places, env: NodeJS.ProcessEnv, { screen, signal, later }: Starting): Promise<Surroundings> {
  const [ports, secrets] = await Promise.all([openPortBook(places.ports), openSecrets(places.secrets)]);
  const stops: (() => Promise<void>)[] = [];
  await later(async () => void (await Promise.all(stops.map((stop) => stop()))));
  let engine: Promise<boolean> | undefined;
  return { places, ports, secrets, screen, env, signal, engine: () => (engine ??= engineAnswers(env)), own: (stop) => void stops.push(stop) };
}

async function gatewayPortOf({ port: wanted }: Options, { ports, screen }: Surroundings): Promise<number> {
  const { port, busy } = await ports.take('gateway', wanted);
  if (busy !== undefined) screen.say(`port ${busy} is busy; the gateway takes ${port}`);
  return port;
}

async function startServers(services: readonly Service[], surroundings: Surroundings): Promise<Servers> {
  const [sql, bus, redis, mongodb] = await allAtRest([
    withoutDatabase(services, surroundings.env).length > 0 ? postgres(surroundings) : Promise.resolve(undefined),
    natsWithStreams(surroundings),
    valkey(surroundings),
    mongo(surroundings),
  ]);
  return { ...(sql === undefined ? {} : { postgres: sql }), nats: bus, redis, mongodb };
}

/**
 * Bytes a stream may take on a server of our own. NATS reserves them of three quarters of the free disk: the 30 GB that streams have in production
 * would keep it from starting where 40 are not free.
 */
const streamBytes = 2 * 1024 ** 3;

async function natsWithStreams(surroundings: Surroundings): Promise<Server> {
  const server = await nats(surroundings);
  await provision(server.url, surroundings.env['NATS_URL'] === undefined ? { maxBytes: streamBytes } : {});
  return server;
}

/** Databases, roles and migrations of all services, side by side. */
async function prepareDatabases(
  services: readonly Service[],
  admin: string | undefined,
  { env, secrets, places, screen, signal }: Surroundings,
): Promise<Record<string, Database>> {
  const withDatabase = services.filter((service) => service.migrate !== undefined);
  if (withDatabase.length === 0) return {};
  const prepare = async (service: Service): Promise<[string, Database]> => {
    const database = await databaseOf(service.name, admin, secrets, env);
    await migrate(service, database, { env: inherited(env), logs: places.logs, signal });
    return [service.name, database];
  };
  return Object.fromEntries(await screen.during('databases and migrations', () => allAtRest(withDatabase.map(prepare))));
}

interface Given {
  readonly options: Options;
  readonly gatewayPort: number;
  readonly servers: Servers;
  readonly databases: Readonly<Record<string, Database>>;
}

/** Each service with its port and environment; none runs yet. */
async function readyToRun(
  services: readonly Service[],
  { options: { changed }, gatewayPort, servers, databases }: Given,
  { places, ports, secrets, env, signal, screen }: Surroundings,
): Promise<Record<string, RunningService>> {
  const running: Record<string, RunningService> = {};
  for (const service of services) {
    const { port: healthPort } = await ports.take(`${service.name}.health`);
    const environment = environmentOf(service.name, { env, healthPort, gatewayPort, database: databases[service.name], secrets, ...servers });
    running[service.name] = supervised(service, environment, healthPort, { places, signal, say: screen.say, ...(changed === undefined ? {} : { changed }) });
  }
  await secrets.save();
  return running;
}

/** Like Promise.all, but a failure is thrown only when all have come to rest: nothing goes on behind the back of whoever cleans up. */
async function allAtRest<const Works extends readonly Promise<unknown>[]>(works: Works): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
