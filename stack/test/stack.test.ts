/** The whole stack with fixture services: real servers, real processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { closeBus, connectBus } from '@regie/bus';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { stillThere, type ProcessId } from '../src/base/identity.ts';
import { shared } from '../src/base/paths.ts';
import { freePort } from '../src/base/ports.ts';
import { until } from '../src/base/until.ts';
import { startRegie, type Options, type Regie } from '../src/index.ts';

const servicesFolder = path.join(import.meta.dirname, 'fixtures', 'services');
const running: Regie[] = [];
let dir = '';

beforeEach(async () => {
  await mkdir(shared.tests, { recursive: true });
  dir = await mkdtemp(path.join(shared.tests, 'stack-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((regie) => regie.stop()));
  await rm(dir, { recursive: true, force: true });
});

const start = async (options: Partial<Options> = {}): Promise<Regie> => {
  const regie = await startRegie({ dir, quiet: true, servicesFolder, env: { REGIE_CONTAINERS: 'no' }, ...options });
  running.push(regie);
  return regie;
};
const told = async (regie: Regie, service: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${regie.services[service]!.health}/`)).json()) as Record<string, unknown>;
const isReady = async (regie: Regie, service: string): Promise<boolean> =>
  fetch(`${regie.services[service]!.health}/health/ready`).then(({ ok }) => ok, () => false);

const sql = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};

test('a stack starts, gives each service what it needs and no more, and finds its data again after a stop', async () => {
  const first = await start();
  expect(Object.keys(first.services)).toEqual(['gateway', 'worker']);
  expect(await told(first, 'gateway')).toMatchObject({ port: new URL(first.gateway).port, hasRedis: true, hasMongo: false });
  expect(await told(first, 'worker')).toEqual({ database: first.databases['worker']!.url, owner: null });
  expect((await stat(path.join(dir, 'secrets.json'))).mode & 0o777).toBe(0o600);

  await sql(first.databases['worker']!.url, `insert into notes values ('kept')`);
  const audit = new MongoClient(first.servers.mongodb.url);
  await audit.db().collection('facts').insertOne({ text: 'kept' });
  await audit.close();
  await first.stop();
  expect(await isReady(first, 'worker')).toBe(false);
  expect(existsSync(path.join(dir, 'lock.json'))).toBe(false);
  expect(await readFile(path.join(dir, 'logs', 'worker.log'), 'utf8')).toContain('stopped cleanly');

  const second = await start();
  expect(second.gateway).toBe(first.gateway);
  expect(second.servers.nats.url).toBe(first.servers.nats.url);
  expect(await sql(second.databases['worker']!.url, 'select text from notes')).toEqual([{ text: 'kept' }]);
  const again = new MongoClient(second.servers.mongodb.url);
  expect(await again.db().collection('facts').countDocuments({ text: 'kept' })).toBe(1);
  await again.close();
}, 90_000);

test('a second start in the same folder is refused in one sentence that names the first', async () => {
  await start();
  await expect(startRegie({ dir, quiet: true, servicesFolder })).rejects.toThrow(`already running here (process ${process.pid})`);
}, 60_000);

test('a service that dies comes back by itself; one that was killed through the stack waits until it is started', async () => {
  const seen: string[] = [];
  const regie = await start({ changed: () => void seen.push('changed') });
  const worker = regie.services['worker']!;
  const dead = worker.pid!;
  process.kill(dead, 'SIGKILL');
  expect(await until(async () => worker.pid !== undefined && worker.pid !== dead && (await isReady(regie, 'worker')), { within: 20_000 })).toBe(true);
  expect(seen.length).toBeGreaterThan(0);

  await worker.kill();
  expect(worker.pid).toBeUndefined();
  expect(await isReady(regie, 'worker')).toBe(false);
  await worker.start();
  expect(await isReady(regie, 'worker')).toBe(true);
}, 60_000);

test('NATS, MongoDB and PostgreSQL can be stopped or killed and started again on the same addresses with their data', async () => {
  const regie = await start();
  const { nats, mongodb, postgres } = regie.servers;
  const facts = async <T>(work: (client: MongoClient) => Promise<T>): Promise<T> => {
    const client = new MongoClient(mongodb.url, { serverSelectionTimeoutMS: 1000 });
    return work(client).finally(() => client.close());
  };
  const listens = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = createConnection(Number(new URL(nats.url).port), '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  const streams = async (): Promise<string[]> => {
    const bus = await connectBus(nats.url);
    const names = await bus.manager.streams.names().next();
    await closeBus(bus);
    return names;
  };

  await nats.kill();
  expect(await listens()).toBe(false);
  await nats.start();
  expect(await streams()).toContain('FACTS');

  await facts((client) => client.db().collection('facts').insertOne({ n: 1 }));
  await mongodb.stop();
  await expect(facts((client) => client.db().command({ ping: 1 }))).rejects.toThrow();
  await mongodb.start();
  expect(await facts((client) => client.db().collection('facts').countDocuments())).toBe(1);

  await sql(regie.databases['worker']!.url, `insert into notes values ('committed')`);
  await postgres!.kill();
  await postgres!.start();
  expect(await sql(regie.databases['worker']!.url, 'select text from notes')).toEqual([{ text: 'committed' }]);
}, 90_000);

test('a busy gateway port is said and another taken', async () => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  const said: string[] = [];
  try {
    const regie = await start({ port, say: (line) => void said.push(line) });
    expect(said.join('\n')).toContain(`port ${port} is busy; the gateway takes ${new URL(regie.gateway).port}`);
    expect(new URL(regie.gateway).port).not.toBe(String(port));
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
}, 60_000);

test('interrupted while starting, it leaves no process behind', async () => {
  const leaving = new AbortController();
  const started = startRegie({ dir, quiet: true, servicesFolder, signal: leaving.signal });
  await until(() => existsSync(path.join(dir, 'pids', 'nats.json')), { within: 30_000, every: 5 });
  leaving.abort(new Error('interrupted'));
  await expect(started).rejects.toThrow('interrupted');
  expect(await until(() => !existsSync(path.join(dir, 'pids', 'nats.json')), { within: 10_000 })).toBe(true);
  expect(existsSync(path.join(dir, 'lock.json'))).toBe(false);
  await (await start()).stop();
}, 60_000);

test('a service that cannot start fails the whole start with the end of its log, and nothing stays', async () => {
  const broken = path.join(import.meta.dirname, 'fixtures', 'broken');
  await expect(startRegie({ dir, quiet: true, servicesFolder: broken })).rejects.toThrow(/worker ended 3 times while starting[^]*cannot find its tools/);
  expect(existsSync(path.join(dir, 'lock.json'))).toBe(false);
  expect(await readdir(path.join(dir, 'pids'))).toEqual([]);
}, 60_000);

test('after the supervisor itself was killed, the next start ends what it left behind and finds the data', async () => {
  const supervisor = spawn(process.execPath, [path.join(import.meta.dirname, 'fixtures', 'start.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(supervisor.stdout, 'data');
  const left = JSON.parse(await readFile(path.join(dir, 'pids', 'worker.json'), 'utf8')) as ProcessId;
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  expect(stillThere(left)).toBe(true);

  const said: string[] = [];
  const regie = await start({ say: (line) => void said.push(line) });
  expect(stillThere(left)).toBe(false);
  expect(said.join('\n')).toContain('worker still runs from an earlier start');
  expect(await isReady(regie, 'worker')).toBe(true);
}, 60_000);
