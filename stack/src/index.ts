/** Régie on this machine: the servers, and every service as its own process. Used by `npm start` and by the tests of the whole. */
import path from 'node:path';
import { provision } from '@regie/bus';
import { cleanup } from './base/cleanup.ts';
import { takeLock } from './base/lock.ts';
import { endLeftovers } from './base/leftovers.ts';
import { placesIn, root } from './base/paths.ts';
import { openPortBook } from './base/ports.ts';
import { Problem } from './base/problem.ts';
import { screen as screenTo, silent, terminal, type Screen } from './base/screen.ts';
import { openSecrets } from './base/secrets.ts';
import { engineAnswers } from './servers/engine.ts';
import { mongo } from './servers/mongo.ts';
import { nats } from './servers/nats.ts';
import { postgres } from './servers/postgres.ts';
import { serverNames, type Server, type ServerName, type Surroundings } from './servers/server.ts';
import { valkey } from './servers/valkey.ts';
import { databaseOf, migrate, withoutDatabase, type Database } from './services/databases.ts';
import { environmentOf, inherited } from './services/environment.ts';
import { servicesIn, type Service } from './services/service.ts';
import { supervised, type RunningService } from './supervisor.ts';

export type { RunningService, Server, Database };


export interface Options {
  /** The folder of this stack: data, logs, secrets. Several stacks run at once in folders of their own. */
  readonly dir: string;
  /** The gateway's port; without one last time's, else any free one. */
  readonly port?: number;
  /** Shows nothing. */
  readonly quiet?: boolean;
  /** Hears what is shown, line by line, instead of standard output. */
  readonly say?: (line: string) => void;
  /** Added to this process's environment: servers of one's own, and what services inherit. */
  readonly env?: NodeJS.ProcessEnv;
  /** Aborting it while starting stops everything started so far. */
  readonly signal?: AbortSignal;
  /** Hears that a service runs as another process now. */
  readonly changed?: () => void;
  /** The folder that holds a folder per service. */
  readonly servicesFolder?: string;
}

export interface Regie {
  /** The gateway's address. */
  readonly gateway: string;
  readonly services: Readonly<Record<string, RunningService>>;
  readonly servers: Readonly<Partial<Record<ServerName, Server>>>;
  /** For tests that look behind the services. */
  readonly databases: Readonly<Record<string, Database>>;
  /** Stops the services, then the servers; data stay. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts everything and resolves when every service is ready.
 * @throws Problem when another stack runs in the folder, or something is missing that one command mends
 */
export async function startRegie(options: Options): Promise<Regie> {
  const screen = options.say !== undefined ? screenTo(options.say) : options.quiet === true ? silent : terminal;
  const stopping = new AbortController();
  const undo = cleanup(screen.say);
  const stop = async (): Promise<void> => {
    stopping.abort(new Problem('Stopped.'));
    await undo.run();
  };
  const asked = (): void => stopping.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', asked, { once: true });
  try {
    options.signal?.throwIfAborted();
    return await build(options, screen, stopping.signal, undo.add, stop);
  } catch (error) {
    await stop();
    throw options.signal?.aborted === true ? options.signal.reason : error;
  } finally {
    options.signal?.removeEventListener('abort', asked);
  }
}

async function build(options: Options, screen: Screen, signal: AbortSignal, later: (undo: () => Promise<void>) => Promise<void>, stop: () => Promise<void>): Promise<Regie> {
  const env = { ...process.env, ...options.env };
  const places = placesIn(path.resolve(options.dir));
  const lock = await takeLock(places.lock);
  if (typeof lock !== 'function') throw new Problem(`Régie is already running here (process ${lock.pid}); stop it with Ctrl-C in its terminal, or with \`kill ${lock.pid}\`.`);
  await later(lock);
  await endLeftovers(places.pids, serverNames, screen.say);

  const [ports, secrets] = await Promise.all([openPortBook(places.ports), openSecrets(places.secrets)]);
  const ownedServers: (() => Promise<void>)[] = [];
  await later(async () => void (await Promise.all(ownedServers.map((end) => end()))));
  let engine: Promise<boolean> | undefined;
  const surroundings: Surroundings = {
    places,
    ports,
    secrets,
    screen,
    env,
    signal,
    engine: () => (engine ??= engineAnswers(env)),
    own: (end) => void ownedServers.push(end),
  };

  const services = servicesIn(options.servicesFolder ?? path.join(root, 'services'));
  const gatewayPort = await ports.take('gateway', options.port);
  if (gatewayPort.busy !== undefined) screen.say(`port ${gatewayPort.busy} is busy; the gateway takes ${gatewayPort.port}`);

  const [admin, bus, redis, mongodb] = await allAtRest([
    withoutDatabase(services, env).length > 0 ? postgres(surroundings) : Promise.resolve(undefined),
    natsWithStreams(surroundings),
    valkey(surroundings),
    mongo(surroundings),
  ]);
  signal.throwIfAborted();

  const databases = await prepare(services, admin?.url, surroundings);
  signal.throwIfAborted();

  const running: Record<string, RunningService> = {};
  await later(async () => void (await Promise.all(Object.values(running).map((service) => service.stop()))));
  for (const service of services) {
    const healthPort = (await ports.take(`${service.name}.health`)).port;
    const facts = { env, healthPort, gatewayPort: gatewayPort.port, database: databases[service.name], nats: bus, redis, mongodb, secrets };
    const changed = options.changed === undefined ? {} : { changed: options.changed };
    running[service.name] = supervised(service, environmentOf(service.name, facts), healthPort, { places, signal, say: screen.say, ...changed });
  }
  await secrets.save();
  await screen.during('starting the services', () => allAtRest(Object.values(running).map((service) => service.start())));

  const servers = { ...(admin === undefined ? {} : { postgres: admin }), nats: bus, redis, mongodb };
  return { gateway: `http://127.0.0.1:${gatewayPort.port}`, services: running, servers, databases, stop };
}

async function natsWithStreams(surroundings: Surroundings): Promise<Server> {
  const server = await nats(surroundings);
  await provision(server.url);
  return server;
}

/** Databases, roles and migrations of all services, side by side. */
async function prepare(services: readonly Service[], admin: string | undefined, { env, secrets, places, screen, signal }: Surroundings): Promise<Record<string, Database>> {
  const withDatabase = services.filter((service) => service.migrate !== undefined);
  const prepared = withDatabase.map(async (service): Promise<[string, Database]> => {
    const database = await databaseOf(service.name, admin, secrets, env);
    await migrate(service, database, { env: inherited(env), logs: places.logs, signal });
    return [service.name, database];
  });
  if (prepared.length === 0) return {};
  return Object.fromEntries(await screen.during('databases and migrations', () => allAtRest(prepared)));
}

/** Like Promise.all, but a failure is thrown only when all have come to rest: nothing goes on behind the back of whoever cleans up. */
async function allAtRest<const Works extends readonly Promise<unknown>[]>(works: Works): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
