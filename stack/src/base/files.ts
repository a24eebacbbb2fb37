/** Small JSON files, written so that a reader never sees half of one. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The file's content, or undefined where there is none or it is not JSON (a half-written file of another day). */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes beside the file and renames over it. @param mode file mode, 0600 for what is secret */
export async function writeJson(file: string, value: unknown, mode = 0o644): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(beside, `${JSON.stringify(value, null, 2)}\n`, { mode });
  await rename(beside, file);
}

/** A JSON object read as a record of strings to T, keeping only the entries that `is` accepts. */
export function entriesOf<T>(value: unknown, is: (entry: unknown) => entry is T): Record<string, T> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, T] => is(pair[1])));
}
