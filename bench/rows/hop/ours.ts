/** Our hop, ready to be asked: the gateway as it runs and a service without a database. */
import { standInIdentity } from '../../src/identity.ts';
import { freePort, startService, type Program } from '../../src/programs.ts';
import { openServers } from '../../src/servers.ts';
import { row, service } from '../../src/surroundings.ts';

export interface OurHop {
  readonly port: number;
  /** Of the gateway and the service. */
  readonly programs: readonly Program[];
  readonly headers: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

export const body = JSON.stringify({
  name: 'Gala des 20 ans', category: 'mixed', installationAt: '2027-01-01T08:00:00Z',
  startAt: '2027-01-01T18:00:00Z', endAt: '2027-01-02T02:00:00Z', dismantlingAt: '2027-01-02T12:00:00Z',
  timeZone: 'Europe/Paris', venue: { name: 'Palais des congrès', address: '2 place de la Porte-Maillot, 75017 Paris' },
});

/** No limit is met: a real client never asks that often. */
export const unlimited = { RATE_PER_MINUTE: '100000000', RATE_STRICT_PER_MINUTE: '100000000' };

export type HopServers = Awaited<ReturnType<typeof hopServers>>;
export async function hopServers() {
  const servers = await openServers('nats', 'redis');
  const identity = await standInIdentity(servers.nats.urlFor('identity'));
  return { ...servers, identity, async stop() { await identity.close(); await servers.stop(); } };
}

export async function startHop({ nats, redis, identity }: HopServers, env: NodeJS.ProcessEnv = {}): Promise<OurHop> {
  const common = { LOG_LEVEL: 'info', ...env };
  const port = await freePort();
  const programs = await Promise.all([
    startService(row('hop/service.ts'), await freePort(), { ...common, NATS_URL: nats.urlFor('events') }),
    startService(service('gateway'), await freePort(), {
      ...common, ...unlimited, NATS_URL: nats.urlFor('gateway'), REDIS_URL: redis.url, PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`,
    }),
  ]);
  return { port, programs, headers: { authorization: `Bearer ${identity.token()}` }, async end() { await Promise.all(programs.map((one) => one.end())); } };
}
