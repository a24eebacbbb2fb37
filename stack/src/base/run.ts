/** One-shot commands: fetching, preparing, migrating. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

export interface Outcome {
  /** Exit code; null when a signal ended it or it could not be started. */
  readonly code: number | null;
  /** Standard output and error together. */
  readonly output: string;
}

// Should this process have to end at once, what it runs ends with it.
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => end(child, 'SIGKILL')));

/**
 * Runs a command to its end. Never throws for a command that fails: read `code`. An aborted signal stops it and whatever it
 * started itself, and is waited for: afterwards nobody writes to its files.
 */
export function run(command: string, args: readonly string[], { signal, ...options }: SpawnOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const abort = (): void => end(child, 'SIGTERM');
    const over = (outcome: Outcome): void => {
      running.delete(child);
      signal?.removeEventListener('abort', abort);
      resolve(outcome);
    };
    running.add(child);
    signal?.addEventListener('abort', abort, { once: true });
    const hear = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', (error) => over({ code: null, output: output + error.message }));
    child.once('close', (code) => over({ code, output }));
    if (signal?.aborted === true) abort();
  });
}

/** Signals the whole process group, which is the command's own. */
function end({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
