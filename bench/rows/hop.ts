/** HTTP → NATS → service → HTTP: ours with token check and validation, the peers as they are. */
import { load } from '../src/http-load.ts';
import { against, cpuPerUnit, inTurn, reported, type Line, type Run, type Slice } from '../src/measure.ts';
import { plainNats } from '../src/nats.ts';
import { cpuOf } from '../src/processes.ts';
import { freePort, start } from '../src/programs.ts';
import { buildPeers, peer, row } from '../src/surroundings.ts';
import { body, hopServers, startHop } from './hop/ours.ts';

/** Requests under way at once. */
const width = 64;

interface Target {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whose CPU counts. */
  readonly pids: readonly number[];
}

/** A warm-up, then the seconds that count; every answer must be 2xx. */
export async function hopSlice({ port, path, headers = {}, pids }: Target, seconds: number): Promise<Slice> {
  const asked = { port, headers, request: { path, body }, width };
  await load({ ...asked, seconds: 1.5 });
  const before = cpuOf(pids);
  const { perSecond, p50, p99, n, statuses, wrong } = await load({ ...asked, seconds });
  if (wrong !== null) throw new Error(`answers other than 2xx: ${JSON.stringify(statuses)}\n${wrong}`);
  return { perSecond, p50, p99, cpuUs: (cpuOf(pids) - before) / n };
}

export async function hop(run: Run): Promise<Line[]> {
  buildPeers(run.say);
  const { seconds = 4 } = run;
  const servers = await hopServers();
  const nats = await plainNats();
  const between = (service: readonly string[], [gateway, ...rest]: readonly [string, ...string[]]) => async (): Promise<Slice> => {
    const port = await freePort();
    const programs = [await start(service), await start([gateway, String(port), ...rest])];
    try {
      return await hopSlice({ port, path: '/events', pids: [...programs.map(({ pid }) => pid), nats.pid] }, seconds);
    } finally {
      await Promise.all(programs.map((one) => one.end()));
    }
  };
  try {
    const slices = await inTurn(run, {
      async ours() {
        const { port, headers, programs, end } = await startHop(servers);
        try {
          return await hopSlice({ port, path: '/api/events', headers, pids: [...programs.map(({ pid }) => pid), servers.nats.pid, servers.redis.pid] }, seconds);
        } finally {
          await end();
        }
      },
      'NestJS-Fastify': between([peer('nest/service'), nats.url], [peer('nest/gateway'), nats.url, 'fastify']),
      'NestJS-Express': between([peer('nest/service'), nats.url], [peer('nest/gateway'), nats.url, 'express']),
      Moleculer: between([peer('moleculer/service'), nats.url], [peer('moleculer/gateway'), nats.url]),
      'bare Fastify': between([row('hop/bare-service.ts'), nats.url], [row('hop/bare-gateway.ts'), nats.url, 'fastify']),
      'bare node:http': between([row('hop/bare-service.ts'), nats.url], [row('hop/bare-gateway.ts'), nats.url, 'http']),
    });
    const of = (name: keyof typeof slices) => [slices.ours, name, slices[name]] as const;
    // The cheapest gateways over NATS that we could write, which do nothing of what a product must: no peers.
    const bare = (name: 'bare Fastify' | 'bare node:http'): Line => reported(against(`hop, against a ${name}`, ...of(name), { atLeast: 1 }));
    return [
      // On Node 20 the goal over NestJS-Express is 3 (docs/adr/0011-goals-of-the-hop.md).
      against('hop', ...of('NestJS-Fastify'), { atLeast: 1.7 }), against('hop', ...of('NestJS-Express'), { atLeast: 1.7 }),
      against('hop, CPU per request', ...of('NestJS-Fastify'), { atMost: 0.5 }, cpuPerUnit), against('hop, CPU per request', ...of('Moleculer'), { atMost: 0.8 }, cpuPerUnit),
      reported(against('hop, throughput', ...of('Moleculer'), { atLeast: 1 })), bare('bare Fastify'), bare('bare node:http'),
    ];
  } finally {
    await nats.stop();
    await servers.stop();
  }
}
