/** The real servers that tests share: fresh data, free ports, nothing left behind. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { cleanup } from './base/cleanup.ts';
import { takeLock } from './base/lock.ts';
import { placesIn, shared } from './base/paths.ts';
import { openPortBook } from './base/ports.ts';
import type { Screen } from './base/screen.ts';
import { openSecrets } from './base/secrets.ts';
import { clearOldRuns } from './old-runs.ts';
import { mongo } from './servers/mongo.ts';
import { natsProgram } from './servers/nats.ts';
import { postgres } from './servers/postgres.ts';
import type { Surroundings } from './servers/server.ts';
import { valkey } from './servers/valkey.ts';

export interface TestServers {
  /** What tests find them by: TEST_POSTGRES_URL (superuser), TEST_REDIS_URL, TEST_MONGODB_URL, TEST_NATS_BIN. */
  readonly env: Readonly<Record<string, string>>;
  /** Stops them and removes their data. */
  readonly stop: () => Promise<void>;
}

/**
 * Lost by a power cut only, which tests do not make: a killed PostgreSQL still has every commit, since the operating system has
 * what was written.
 */
const withoutWaitingForTheDisk = ['fsync=off', 'full_page_writes=off', 'max_connections=300'];

/** Tests start a NATS of their own, many at once; they are given its program. */
export async function startTestServers(screen: Screen, env: NodeJS.ProcessEnv = process.env): Promise<TestServers> {
  await mkdir(shared.tests, { recursive: true });
  await clearOldRuns(screen);
  const places = placesIn(await mkdtemp(path.join(shared.tests, 'run-')));
  await takeLock(places.lock);
  const stopping = new AbortController();
  const undo = cleanup(screen.say);
  await undo.add(() => rm(places.dir, { recursive: true, force: true }));
  const owned: (() => Promise<void>)[] = [];
  await undo.add(async () => void (await Promise.all(owned.map((end) => end()))));
  const stop = async (): Promise<void> => {
    stopping.abort(new Error('stopped'));
    await undo.run();
  };
  try {
    const surroundings: Surroundings = {
      places,
      ports: await openPortBook(places.ports),
      secrets: await openSecrets(places.secrets),
      screen,
      // A run is never pointed at somebody's data by a variable left in a shell, only by the TEST_ ones.
      env: Object.fromEntries(['POSTGRES_URL', 'REDIS_URL', 'MONGODB_URL'].flatMap((name) => (env[`TEST_${name}`] === undefined ? [] : [[name, env[`TEST_${name}`]]]))),
      engine: async () => false,
      own: (end) => void owned.push(end),
      signal: stopping.signal,
    };
    const [sql, redis, documents, program] = await Promise.all([
      postgres(surroundings, withoutWaitingForTheDisk),
      valkey(surroundings),
      mongo(surroundings),
      env['TEST_NATS_BIN'] ?? natsProgram(surroundings),
    ]);
    const found = { TEST_POSTGRES_URL: sql.url, TEST_REDIS_URL: redis.url, TEST_MONGODB_URL: documents.url, TEST_NATS_BIN: program };
    return { env: found, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
