import { createServer, type Server } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { choosePort, freePort, isFree, openPortBook } from './ports.ts';

const opened: Server[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

const occupy = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    opened.push(server);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

const aBookFile = async (): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'regie-ports-'));
  folders.push(folder);
  return path.join(folder, 'ports.json');
};

const any = async (): Promise<number> => 50_000;

test('the wanted port is taken when it is free', async () => {
  expect(await choosePort([8080, 9000], async () => true, any)).toEqual({ port: 8080 });
});

test('a busy port is said, and the next one taken', async () => {
  expect(await choosePort([8080, 9000], async (port) => port !== 8080, any)).toEqual({ port: 9000, busy: 8080 });
  expect(await choosePort([8080], async () => false, any)).toEqual({ port: 50_000, busy: 8080 });
});

test('without a wish any free port will do, and none is called busy', async () => {
  expect(await choosePort([undefined], async () => true, any)).toEqual({ port: 50_000 });
});

test('a port that somebody listens on is not free', async () => {
  const port = await freePort();
  expect(await isFree(port)).toBe(true);
  await occupy(port);
  expect(await isFree(port)).toBe(false);
});

test('a restart finds the ports of last time, but for the one that is busy now', async () => {
  const file = await aBookFile();
  const first = await openPortBook(file);
  const nats = (await first.take('nats')).port;
  const redis = (await first.take('redis')).port;

  await occupy(redis);
  const second = await openPortBook(file);
  expect(await second.take('nats')).toEqual({ port: nats });
  const moved = await second.take('redis');
  expect(moved.busy).toBe(redis);
  expect(moved.port).not.toBe(redis);
});

test('names that ask at the same moment get ports of their own', async () => {
  const book = await openPortBook(await aBookFile());
  const ports = await Promise.all(Array.from({ length: 20 }, (_, at) => book.take(`service-${at}`)));
  expect(new Set(ports.map(({ port }) => port)).size).toBe(20);
});
