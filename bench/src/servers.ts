/** The servers of a run, as `npm start` has them: PostgreSQL waits for the disk at every commit. Data of their own, gone after it. */
import { provision } from '@regie/bus';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanup } from '../../stack/src/base/cleanup.ts';
import { takeLock } from '../../stack/src/base/lock.ts';
import { placesIn, shared, type Places } from '../../stack/src/base/paths.ts';
import { openPortBook } from '../../stack/src/base/ports.ts';
import { silent, terminal } from '../../stack/src/base/screen.ts';
import { openSecrets } from '../../stack/src/base/secrets.ts';
import { clearOldRuns } from '../../stack/src/old-runs.ts';
import { mongo } from '../../stack/src/servers/mongo.ts';
import { nats } from '../../stack/src/servers/nats.ts';
import { postgres } from '../../stack/src/servers/postgres.ts';
import type { Server, ServerName, Surroundings } from '../../stack/src/servers/server.ts';
import { valkey } from '../../stack/src/servers/valkey.ts';

/** Room for what a row writes, so that no checkpoint of one contestant falls into another's slice. */
const settings = ['shared_buffers=512MB', 'max_wal_size=8GB', 'checkpoint_timeout=30min', 'max_connections=300'];

const open: Readonly<Record<ServerName, (surroundings: Surroundings) => Promise<Server>>> = {
  postgres: (surroundings) => postgres(surroundings, settings),
  async nats(surroundings) {
    const server = await nats(surroundings);
    await provision(server.url, { maxBytes: 2 * 1024 ** 3 });
    return server;
  },
  redis: valkey,
  mongodb: mongo,
};

export interface Running extends Server {
  /** Its process, for measuring it. */
  readonly pid: number;
}

const stops = new Set<() => Promise<void>>();

/** Stops whatever of them still runs. */
export const stopServers = async (): Promise<void> => { await Promise.all([...stops].map((stop) => stop())); };

/** A folder for a run; when the run is killed, the next one clears it. */
export async function runFolder(): Promise<{ places: Places; later: (undo: () => Promise<void>) => Promise<void>; stop: () => Promise<void> }> {
  await mkdir(shared.tests, { recursive: true });
  await clearOldRuns(silent);
  const places = placesIn(await mkdtemp(join(shared.tests, 'run-')));
  await takeLock(places.lock);
  const undo = cleanup(terminal.say);
  await undo.add(() => rm(places.dir, { recursive: true, force: true }));
  const stop = async (): Promise<void> => { await undo.run(); stops.delete(stop); };
  stops.add(stop);
  return { places, later: undo.add, stop };
}

/** Starts the servers named; none of the environment's is used. */
export async function openServers<const Names extends readonly ServerName[]>(...names: Names): Promise<{ readonly [Name in Names[number]]: Running } & { stop(): Promise<void> }> {
  const { places, later, stop } = await runFolder();
  const owned: (() => Promise<void>)[] = [];
  await later(async () => void (await Promise.all(owned.map((end) => end()))));
  try {
    const surroundings: Surroundings = {
      places, ports: await openPortBook(places.ports), secrets: await openSecrets(places.secrets), screen: silent, env: {}, engine: () => Promise.resolve(false),
      own: (end) => void owned.push(end), signal: new AbortController().signal,
    };
    const running = await Promise.all(names.map(async (name) => {
      const server = await open[name](surroundings);
      const { pid } = JSON.parse(await readFile(join(places.pids, `${name}.json`), 'utf8')) as { pid: number };
      return [name, { ...server, pid }] as const;
    }));
    return { ...(Object.fromEntries(running) as { [Name in Names[number]]: Running }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
