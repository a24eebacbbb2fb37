/** Where things are, and the peers, installed and built when they are not yet. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
const peers = join(root, 'bench', 'peers');

/** The path of a built peer program. */
export const peer = (name: string): string => join(peers, 'dist', `${name}.js`);

/** The path of a program of a row. */
export const row = (name: string): string => join(root, 'bench', 'rows', name);

/** The path of a service's program. */
export const service = (name: string): string => join(root, 'services', name, 'src', 'main.ts');

let built = false;

/** Installs the peers' own dependencies and builds them; a second time it does neither. */
export function buildPeers(say: (text: string) => void): void {
  if (built) return;
  if (!existsSync(join(peers, 'node_modules'))) {
    say('installing the peers (their dependencies are theirs) …');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: peers, stdio: 'inherit' });
  }
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', peers], { stdio: 'inherit' });
  built = true;
}

export interface Scratch {
  readonly dir: string;
  /** A new folder in it. */
  fresh(): Promise<string>;
  remove(): Promise<void>;
}

/** A folder that is gone after the run. */
export async function scratch(): Promise<Scratch> {
  const dir = await mkdtemp(join(tmpdir(), 'regie-bench-'));
  return { dir, fresh: () => mkdtemp(join(dir, 'one-')), remove: () => rm(dir, { recursive: true, force: true }) };
}
