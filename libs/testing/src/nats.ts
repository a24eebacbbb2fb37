/** A NATS server of its own for each test file: streams of one test are not heard by another. */
import { natsConfig, natsUsers, provision, type NatsUser } from '@regie/bus';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';

export interface FreshNats {
  /** `nats://<user>:<password>@host:port` with the permissions that user really has. */
  url(user: NatsUser): string;
  /** The server's process, for measuring it. */
  pid(): number;
  /** Stops the process (SIGKILL unless said) and starts it again on the same files. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  /** Ends it and deletes its files. */
  drop(): Promise<void>;
}

const opens = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connectTcp(port, '127.0.0.1').once('connect', () => { socket.destroy(); resolve(true); }).once('error', () => resolve(false));
});

/** Starts a server with the streams, consumers and users the contracts want. @throws when TEST_NATS_BIN is missing: run it with `npm test` */
export async function freshNats({ maxBytes = 64 * 1024 * 1024 } = {}): Promise<FreshNats> {
  const binary = process.env['TEST_NATS_BIN'];
  if (!binary) throw new Error('TEST_NATS_BIN is missing: run the tests with "npm test".');
  const dir = await mkdtemp(join(tmpdir(), 'regie-nats-'));
  const port = await freePort();
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, `${user}-for-tests`])) as Record<NatsUser, string>;
  await writeFile(join(dir, 'nats.conf'), natsConfig({ port, storeDir: join(dir, 'data'), passwords }));
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    child = spawn(binary, ['-c', join(dir, 'nats.conf')], { stdio: 'ignore' });
    const deadline = Date.now() + 10_000;
    while (!(await opens(port))) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`nats-server did not start (${child.exitCode ?? 'no answer'})`);
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  };
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    await new Promise<void>((resolve) => { running.once('exit', () => resolve()); running.kill(signal); });
  };

  await start();
  const url = (user: NatsUser) => `nats://${user}:${passwords[user]}@127.0.0.1:${port}`;
  await provision(url('provision'), { maxBytes });
  return {
    url, start, stop, pid: () => child!.pid!,
    restart: async (signal) => { await stop(signal); await start(); },
    drop: async () => { await stop(); await rm(dir, { recursive: true, force: true }); },
  };
}
