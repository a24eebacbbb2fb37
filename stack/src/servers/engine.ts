/** Whether a container engine answers. Asked without loading Testcontainers: most machines say no, and quickly. */
import { existsSync } from 'node:fs';
import { request, type RequestOptions } from 'node:http';
import { homedir } from 'node:os';
import path from 'node:path';

const patience = 1500;

/** Pings the engine of DOCKER_HOST, else the usual sockets. @returns false for none, or with REGIE_CONTAINERS=no */
export async function engineAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (env['REGIE_CONTAINERS'] === 'no') return false;
  for (const address of addresses(env)) {
    if (await pings(address)) return true;
  }
  return false;
}

function addresses(env: NodeJS.ProcessEnv): RequestOptions[] {
  const host = env['DOCKER_HOST'];
  if (host?.startsWith('unix://')) return [{ socketPath: host.slice('unix://'.length) }];
  if (host?.startsWith('tcp://')) {
    const { hostname, port } = new URL(host);
    // An engine behind TLS is not asked: it would need its certificates, and is somebody's server rather than a laptop's.
    return [{ hostname, port: port === '' ? 2375 : port }];
  }
  const home = homedir();
  const sockets = ['/var/run/docker.sock', path.join(home, '.docker/run/docker.sock'), path.join(home, '.colima/default/docker.sock')];
  if (env['XDG_RUNTIME_DIR'] !== undefined) sockets.push(path.join(env['XDG_RUNTIME_DIR'], 'docker.sock'));
  return sockets.filter((socket) => existsSync(socket)).map((socketPath) => ({ socketPath }));
}

function pings(address: RequestOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ ...address, path: '/_ping', timeout: patience }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.once('close', () => resolve(false));
    asked.end();
  });
}
