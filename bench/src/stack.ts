/** The whole of Régie as a program under measurement. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shared } from '../../stack/src/base/paths.ts';
import { pssOf } from './processes.ts';
import { start, type Program } from './programs.ts';
import { row } from './surroundings.ts';

export interface Stack extends Program {
  readonly gateway: string;
  /** Address of NATS for its user `provision`. */
  readonly nats: string;
  /** Of the services. */
  readonly pids: Readonly<Record<string, number>>;
  /** Milliseconds from the start of the process until every service was ready. */
  readonly ready: number;
  /** Bytes all services have in memory together, shared pages by their share. */
  memory(): number;
}

/** A folder for a stack; killed in the middle, it is cleared by the next run. */
export async function stackFolder(): Promise<{ dir: string; remove(): Promise<void> }> {
  await mkdir(shared.tests, { recursive: true });
  const dir = await mkdtemp(join(shared.tests, 'run-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

export async function startStack(dir: string, env: NodeJS.ProcessEnv = {}): Promise<Stack> {
  const begun = performance.now();
  let said = '';
  const program = await start([row('start/stack.ts'), dir], { REGIE_CONTAINERS: 'no', ...env }, { gently: true, heard: (line) => { if (line.startsWith('{')) said = line; } });
  const facts = JSON.parse(said) as Pick<Stack, 'gateway' | 'nats' | 'pids'>;
  return { ...program, ...facts, ready: performance.now() - begun, memory: () => Object.values(facts.pids).reduce((sum, pid) => sum + pssOf(pid), 0) };
}
