/** Programs under measurement: each a process of its own, ended by its own process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';

const running = new Set<ChildProcess>();

export interface Program { readonly pid: number; end(): Promise<void> }

/** Starts a program and resolves when it has said `ready`. What it writes to standard error is shown. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Program> {
  const child = spawn(process.execPath, [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'], ...(cwd === undefined ? {} : { cwd }) });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => { running.delete(child); resolve(); }));
  const end = async (): Promise<void> => { if (child.exitCode === null) child.kill('SIGKILL'); await ended; };
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => { if (chunk.includes('ready')) resolve({ pid: child.pid!, end }); });
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
  });
}

/** Runs a program to its end; the last line it writes is its result, in JSON. */
export async function result<T>(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const child = spawn(process.execPath, [...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  running.delete(child);
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  return JSON.parse(text.trim().split('\n').at(-1)!) as T;
}

export const endAll = (): void => { for (const child of running) child.kill('SIGKILL'); };

export const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(port));
  });
});
