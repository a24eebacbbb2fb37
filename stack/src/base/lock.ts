/** One stack per folder at a time. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { identify, isProcessId, stillThere, type ProcessId } from './identity.ts';
import { readJson } from './files.ts';

/**
 * Takes the folder's lock for this process.
 * @returns a function that gives it back, or the process that holds it
 */
export async function takeLock(file: string): Promise<(() => Promise<void>) | ProcessId> {
  await mkdir(path.dirname(file), { recursive: true });
  const mine = `${JSON.stringify(identify(process.pid))}\n`;
  for (;;) {
    try {
      await create(file, mine);
      return async () => {
        if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await lockHolder(file);
    if (holder !== undefined) return holder;
    await removeStale(file);
  }
}

/** The living process that holds the lock, if any. */
export async function lockHolder(file: string): Promise<ProcessId | undefined> {
  const holder = await readJson(file);
  return isProcessId(holder) && stillThere(holder) ? holder : undefined;
}

/** Creates the file with its content in one step (nobody ever reads an empty lock); EEXIST when it is there. */
async function create(file: string, content: string): Promise<void> {
  const beside = `${file}.${randomUUID()}`;
  await writeFile(beside, content);
  try {
    await link(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}

/** Moves a dead process's lock away. Another start may have been faster: a living lock is put back, never removed. */
async function removeStale(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await lockHolder(aside)) !== undefined) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
