/** Programs under measurement: each a process of its own, ended by its own process id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { cpuOf } from './processes.ts';
import type { Slice } from './measure.ts';

const running = new Map<ChildProcess, NodeJS.Signals>();

export interface Program {
  readonly pid: number;
  /** At once, as a crash would. */
  end(): Promise<void>;
  /** As an operator would: it finishes what it has in hand. */
  stop(): Promise<void>;
}

interface Ended { readonly ended: Promise<number | null> }

interface Manner {
  /** Gets what it says, line by line; without it nobody listens. */
  readonly heard?: (line: string) => void;
  /** It has processes of its own to stop: when we leave it is asked to, not killed. */
  readonly gently?: boolean;
}

function spawned(args: readonly string[], env: NodeJS.ProcessEnv, { heard, gently = false }: Manner = {}): ChildProcess & Ended {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { env: { ...process.env, ...env }, stdio: ['ignore', heard ? 'pipe' : 'ignore', 'inherit'] });
  running.set(child, gently ? 'SIGTERM' : 'SIGKILL');
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString()).split('\n');
    text = lines.pop()!;
    for (const line of lines) heard?.(line);
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => { running.delete(child); resolve(code); }));
  return Object.assign(child, { ended });
}

const program = (child: ChildProcess & Ended): Program => {
  const ended = (signal: NodeJS.Signals) => async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await child.ended;
  };
  return { pid: child.pid!, end: ended('SIGKILL'), stop: ended('SIGTERM') };
};

/** Starts a program and resolves when it has said `ready`. What it writes to standard error is shown, its other lines are not. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}, manner: Manner = {}): Promise<Program> {
  return new Promise((resolve, reject) => {
    const child = spawned(args, env, { ...manner, heard(line) { if (line === 'ready') resolve(program(child)); else manner.heard?.(line); } });
    void child.ended.then((code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
  });
}

/** A service says nothing on its standard output but its log; it is ready when its health says so. */
export async function startService(main: string, health: number, env: NodeJS.ProcessEnv): Promise<Program> {
  const child = spawned([main], { ...env, HEALTH_PORT: String(health) });
  const deadline = Date.now() + 30_000;
  while (!(await fetch(`http://127.0.0.1:${health}/health/ready`).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${main} did not become ready`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return program(child);
}

/** What a program of a load says at its end, as one line of JSON, besides what it needs to say for itself. */
export interface Result extends Omit<Slice, 'cpuUs'> {
  readonly n: number;
  /** CPU the program used itself since it said `measuring`, in microseconds, where that belongs to what is measured. */
  readonly ownCpu?: number;
}

/**
 * Runs a program that puts a load on something and says `measuring` after its warm-up, then its result in JSON.
 * @param servers the processes whose CPU counts besides the program's own
 */
export async function loaded<More extends object = object>(args: readonly string[], servers: readonly number[], env: NodeJS.ProcessEnv = {}): Promise<Slice & Result & More> {
  let before = 0;
  let found: (Slice & Result & More) | undefined;
  const child = spawned(args, env, {
    heard(line) {
      if (line === 'measuring') before = cpuOf(servers);
      else if (line.startsWith('{')) {
        const result = JSON.parse(line) as Result & More;
        found = { ...result, cpuUs: (cpuOf(servers) - before + (result.ownCpu ?? 0)) / result.n };
      }
    },
  });
  const code = await child.ended;
  if (code !== 0 || !found) throw new Error(`${args[0]} ended with ${code}`);
  return found;
}

/** Ends whatever of them still runs. */
export const endAll = (): void => { for (const [child, signal] of running) child.kill(signal); };

export const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(port));
  });
});
