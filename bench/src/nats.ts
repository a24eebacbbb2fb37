/** A NATS server as the peers' documentation starts one: no users, JetStream where it is asked for. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { natsProgram } from '../../stack/src/servers/nats.ts';
import { silent } from '../../stack/src/base/screen.ts';
import { freePort } from './programs.ts';

export interface PlainNats { readonly url: string; readonly pid: number; stop(): Promise<void> }

/** @param storeDir where JetStream keeps its files; without it there is none */
export async function plainNats(storeDir?: string): Promise<PlainNats> {
  const program = await natsProgram({ screen: silent, signal: new AbortController().signal });
  const port = await freePort();
  const child = spawn(program, ['-a', '127.0.0.1', '-p', String(port), ...(storeDir === undefined ? [] : ['-js', '-sd', storeDir])], { stdio: 'ignore' });
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  const ended = new Promise<void>((resolve) => child.once('exit', () => { process.off('exit', end); resolve(); }));
  while (!(await opens(port))) {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return { url: `nats://127.0.0.1:${port}`, pid: child.pid!, async stop() { child.kill('SIGKILL'); await ended; } };
}

const opens = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1').once('connect', () => { socket.destroy(); resolve(true); }).once('error', () => resolve(false));
});
