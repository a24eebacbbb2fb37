/** One-shot commands: fetching, preparing, migrating. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';

export interface Outcome {
  /** Exit code; null when a signal ended it or it could not be started. */
  readonly code: number | null;
  /** Standard output and error together. */
  readonly output: string;
}

// Ctrl-C while something is fetched: the fetching ends with us.
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Runs a command to its end. Never throws for a command that fails: read `code`. */
export function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const hear = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    const end = (outcome: Outcome): void => {
      running.delete(child);
      resolve(outcome);
    };
    child.once('error', (error) => end({ code: null, output: output + error.message }));
    child.once('close', (code) => end({ code, output }));
  });
}
