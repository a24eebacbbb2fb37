/** The services there are, read from the folders: a new one is started without being listed anywhere. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface Service {
  readonly name: string;
  /** The program of the process. */
  readonly main: string;
  /** The one-shot program that migrates its PostgreSQL database; absent for a service without one. */
  readonly migrate?: string;
}

/** @param folder holds a folder per service, each with `src/main.ts` */
export function servicesIn(folder: string): Service[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .filter((name) => existsSync(path.join(folder, name, 'src', 'main.ts')))
    .map((name) => {
      const migrate = path.join(folder, name, 'src', 'migrate.ts');
      return { name, main: path.join(folder, name, 'src', 'main.ts'), ...(existsSync(migrate) ? { migrate } : {}) };
    });
}
