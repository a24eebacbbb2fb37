/** The repository as files: what the boundary tests read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** What is generated, fetched or somebody else's. */
const skipped = new Set(['node_modules', '.git', '.stack', 'dist', 'coverage', 'samples', 'peers']);

export interface File {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file below these folders whose name ends so, sorted by path. */
export function filesBelow(folders: readonly string[], ending: string, from = root): File[] {
  return folders.flatMap((folder) => pathsBelow(path.join(from, folder)))
    .filter((file) => file.endsWith(ending)).toSorted()
    .map((file) => ({ path: path.relative(from, file).replaceAll(path.sep, '/'), text: readFileSync(file, 'utf8') }));
}

function pathsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : pathsBelow(full);
    return entry.isFile() ? [full] : [];
  });
}

export const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

/** Names of the folders in a folder. */
export const foldersIn = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).toSorted();
