/** A real mongod where its download works. Its home is no package registry, so it is tried once, briefly, and remembered. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeJson } from '../base/files.ts';
import { shared } from '../base/paths.ts';
import { run } from '../base/run.ts';
import type { Watching } from '../base/screen.ts';

const patience = 20_000;

interface Remembered {
  /** Where it is; null when it could not be had. */
  readonly mongod: string | null;
}

/** The path of a mongod, or null where none can be had. Delete `.stack/mongod` to have it tried again. */
export async function findMongod({ screen, signal }: Watching): Promise<string | null> {
  const memory = path.join(shared.mongod, 'outcome.json');
  const known = await readJson(memory);
  if (isRemembered(known) && (known.mongod === null || existsSync(known.mongod))) return known.mongod;
  const mongod = await screen.during(`looking for a MongoDB download (at most ${patience / 1000} s, once)`, () => download(signal));
  signal.throwIfAborted();
  if (mongod === null) screen.say('MongoDB cannot be downloaded here; SecantusDB takes its place (delete .stack/mongod to try again)');
  await writeJson(memory, { mongod } satisfies Remembered);
  return mongod;
}

async function download(signal: AbortSignal): Promise<string | null> {
  const script = path.join(import.meta.dirname, 'mongod-download.ts');
  const { code, output } = await run(process.execPath, [script, shared.mongod], { timeout: patience, killSignal: 'SIGKILL', signal });
  const mongod = output.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !existsSync(mongod)) return null;
  // What was fetched may still lack a library of this system (libcurl): it counts only when it runs.
  return (await run(mongod, ['--version'])).code === 0 ? mongod : null;
}

const isRemembered = (value: unknown): value is Remembered =>
  typeof value === 'object' && value !== null && 'mongod' in value && (value.mongod === null || typeof value.mongod === 'string');
