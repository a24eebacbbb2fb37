/** HTTP → NATS → service → HTTP: ours with token check and validation, the peers as they are. */
import { natsProgram } from '../../stack/src/servers/nats.ts';
import { terminal } from '../../stack/src/base/screen.ts';
import { startTestServers } from '../../stack/src/test-servers.ts';
import { freshNats } from '@regie/testing';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { load } from '../src/http-load.ts';
import { cpuOf, inTurn, rate, ratioOf, type Line, type Slice } from '../src/measure.ts';
import { freePort, start, type Program } from '../src/programs.ts';
import { buildPeers, peer, root, scratch } from '../src/surroundings.ts';
import { accessToken } from './hop/token.ts';

const body = JSON.stringify({
  name: 'Gala des 20 ans', category: 'mixed', installationAt: '2027-01-01T08:00:00Z', startAt: '2027-01-01T18:00:00Z', endAt: '2027-01-02T02:00:00Z', dismantlingAt: '2027-01-02T12:00:00Z',
  timeZone: 'Europe/Paris', venue: { name: 'Palais des congrès', address: '2 place de la Porte-Maillot, 75017 Paris' },
});

export async function hop(rounds: number, seconds: number, say: (text: string) => void): Promise<Line[]> {
  buildPeers(say);
  const place = await scratch();
  const servers = await startTestServers(terminal, {});
  Object.assign(process.env, servers.env);
  const nats = await freshNats();
  const peersPort = await freePort();
  const program = await natsProgram({ screen: terminal, signal: new AbortController().signal } as never);
  const peersNats = spawn(program, ['-a', '127.0.0.1', '-p', String(peersPort)], { stdio: 'ignore' });
  try {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyFile = join(place.dir, 'key.json');
    await writeFile(keyFile, JSON.stringify({ ...keys.publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }));
    const token = accessToken(keys.privateKey, 'bench');

    const slice = async (programs: Program[], server: number, port: number, path: string, headers: Record<string, string>): Promise<Slice> => {
      try {
        await load({ port, path, body, headers, width: 64, seconds: 1.5 });
        const pids = [...programs.map(({ pid }) => pid), server];
        const before = pids.map(cpuOf);
        const done = await load({ port, path, body, headers, width: 64, seconds });
        const used = pids.map(cpuOf).reduce((sum, after, index) => sum + after - before[index]!, 0);
        const wrong = Object.keys(done.statuses).filter((status) => !status.startsWith('2'));
        if (wrong.length > 0) throw new Error(`answers other than 2xx: ${JSON.stringify(done.statuses)}`);
        return { perSecond: done.perSecond, p50: done.p50, p99: done.p99, cpuUs: used / done.n };
      } finally {
        await Promise.all(programs.map((one) => one.end()));
      }
    };
    const env = (user: 'gateway' | 'events', port: number, health: number) => ({
      NATS_URL: nats.url(user), PORT: String(port), HEALTH_PORT: String(health), REDIS_URL: process.env['TEST_REDIS_URL']!, PUBLIC_URL: `http://127.0.0.1:${port}`, LOG_LEVEL: 'info',
      RATE_PER_MINUTE: '100000000', RATE_STRICT_PER_MINUTE: '100000000', BENCH_KEY: keyFile, BENCH_IDENTITY_NATS: nats.url('identity'),
    });
    const url = `nats://127.0.0.1:${peersPort}`;
    const slices = await inTurn(rounds, {
      async ours() {
        const [port, health, other] = [await freePort(), await freePort(), await freePort()];
        const service = await start([join(root, 'bench/rows/hop/service.ts')], env('events', port, other));
        const gateway = await start([join(root, 'bench/rows/hop/gateway.ts')], env('gateway', port, health));
        return slice([service, gateway], nats.pid(), port, '/api/events', { authorization: `Bearer ${token}` });
      },
      async 'NestJS-Fastify'() {
        const port = await freePort();
        return slice([await start([peer('nest/service'), url]), await start([peer('nest/gateway'), String(port), url, 'fastify'])], peersNats.pid!, port, '/events', {});
      },
      async 'NestJS-Express'() {
        const port = await freePort();
        return slice([await start([peer('nest/service'), url]), await start([peer('nest/gateway'), String(port), url, 'express'])], peersNats.pid!, port, '/events', {});
      },
      async Moleculer() {
        const port = await freePort();
        return slice([await start([peer('moleculer/service'), url]), await start([peer('moleculer/gateway'), String(port), url])], peersNats.pid!, port, '/events', {});
      },
    }, say);
    const cpu = ({ cpuUs }: Slice) => cpuUs!;
    const line = (what: string, name: keyof typeof slices, goal: number, of?: typeof cpu): Line => {
      const ratio = ratioOf(slices.ours, slices[name], of);
      return { what, ours: rate(slices.ours), other: `${name} ${rate(slices[name])}`, ratio, goal: of ? `≤ ${goal}` : `≥ ${goal}`, met: of ? ratio <= goal : ratio >= goal };
    };
    return [
      line('hop', 'NestJS-Fastify', 1.7), line('hop', 'NestJS-Express', 3),
      line('hop, CPU per request', 'NestJS-Fastify', 0.5, cpu), line('hop, CPU per request', 'Moleculer', 0.8, cpu),
    ];
  } finally {
    peersNats.kill('SIGKILL');
    await nats.drop();
    await servers.stop();
    await place.remove();
  }
}
