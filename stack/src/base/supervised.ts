/** One child process: started, found ready, started again when it dies, stopped. Servers and services alike. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { deathsAfter, pauseAfter } from './backoff.ts';
import { identify } from './identity.ts';
import { messageOf, Problem } from './problem.ts';
import { until } from './until.ts';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Gets standard output and error. */
  readonly log: string;
  /** Remembers the process for a start after we were killed ourselves. */
  readonly pidFile: string;
  /** Asked again and again while it starts. */
  readonly ready: () => Promise<boolean>;
  /** Milliseconds it may take to become ready. */
  readonly readyWithin: number;
  readonly stopSignal?: NodeJS.Signals;
  /** Milliseconds it may take to stop before it is killed. */
  readonly stopWithin?: number;
  /** Aborted when the whole stack stops: nothing is started after that. */
  readonly signal?: AbortSignal;
  /** Hears that a new process runs and is ready. */
  readonly changed?: () => void;
}

export interface Supervised {
  readonly name: string;
  readonly pid: number | undefined;
  readonly log: string;
  /** Starts it (if it does not run), supervises it, and waits until it is ready. */
  readonly start: () => Promise<void>;
  /** Asks it to stop, waits for the end, kills it when that takes too long. It stays stopped until `start`. */
  readonly stop: () => Promise<void>;
  /** Sends a signal that ends it (SIGKILL unless told otherwise) and waits for the end. It stays dead until `start`. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
}

const hopeless = 3;
const longLog = 20 * 1024 * 1024;

/** @param say hears of deaths and of what was done about them, one line each */
export function supervise(spec: ProcessSpec, say: (line: string) => void): Supervised {
  const shortLog = path.relative(process.cwd(), spec.log);
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let wanted = false;
  let deaths = 0;
  let again: NodeJS.Timeout | undefined;

  function launch(): void {
    const bornAt = Date.now();
    const started = open(spec);
    child = started;
    ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (child !== started) return;
        child = undefined;
        rmSync(spec.pidFile, { force: true });
        resolve();
        if (wanted) restart(how, Date.now() - bornAt);
      };
      started.once('error', (error) => end(error.message));
      started.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  function restart(how: string, up: number): void {
    deaths = deathsAfter(deaths, up);
    const pause = pauseAfter(deaths);
    say(`${spec.name} ended (${how}); it is started again in ${pause / 1000} s. Its log: ${shortLog}`);
    again = setTimeout(() => {
      if (spec.signal?.aborted === true) return;
      launch();
      void watch();
    }, pause);
  }

  /** Says how a restart ends. A further death is told by itself. */
  async function watch(): Promise<void> {
    const mine = child;
    try {
      const ready = await until(async () => child !== mine || (await spec.ready()), { within: spec.readyWithin });
      if (child !== mine) return;
      say(ready ? `${spec.name} is back` : `${spec.name} runs again and is still not ready. Its log: ${shortLog}`);
      spec.changed?.();
    } catch (error) {
      say(`${spec.name}: ${messageOf(error)}`);
    }
  }

  function leave(): void {
    wanted = false;
    clearTimeout(again);
  }

  return {
    name: spec.name,
    log: spec.log,
    get pid() {
      return child?.pid;
    },
    async start() {
      spec.signal?.throwIfAborted();
      clearTimeout(again);
      wanted = true;
      deaths = 0;
      if (child === undefined) launch();
      let ready = false;
      const settled = async (): Promise<boolean> => (ready = child !== undefined && (await spec.ready())) || deaths >= hopeless || !wanted;
      await until(settled, { within: spec.readyWithin, ...(spec.signal === undefined ? {} : { signal: spec.signal }) });
      if (ready) spec.changed?.();
      if (ready || !wanted) return;
      const why = deaths >= hopeless ? `ended ${deaths} times while starting` : `was not ready within ${spec.readyWithin / 1000} s`;
      throw new Problem(`${spec.name} ${why}. The end of its log (${shortLog}):\n${await tail(spec.log)}`);
    },
    async stop() {
      leave();
      if (child === undefined) return;
      const stopping = child;
      stopping.kill(spec.stopSignal ?? 'SIGTERM');
      const late = setTimeout(() => stopping.kill('SIGKILL'), spec.stopWithin ?? 15_000);
      await ended;
      clearTimeout(late);
    },
    async kill(signal = 'SIGKILL') {
      leave();
      child?.kill(signal);
      await ended;
    },
  };
}

/** In a process group of its own: the terminal's Ctrl-C reaches us alone, and we stop everything in order. */
function open(spec: ProcessSpec): ChildProcess {
  mkdirSync(path.dirname(spec.log), { recursive: true });
  mkdirSync(path.dirname(spec.pidFile), { recursive: true });
  if ((statSync(spec.log, { throwIfNoEntry: false })?.size ?? 0) > longLog) renameSync(spec.log, `${spec.log}.1`);
  const log = openSync(spec.log, 'a');
  try {
    const { command, args, env, cwd, uid, gid } = spec;
    const options = { env, ...(cwd === undefined ? {} : { cwd }), ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] });
    if (child.pid !== undefined) writeFileSync(spec.pidFile, JSON.stringify(identify(child.pid) ?? { pid: child.pid, born: null }));
    return child;
  } finally {
    closeSync(log);
  }
}

/** The last lines of a log. */
export async function tail(file: string, lines = 30): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
