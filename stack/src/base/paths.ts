/** Where things are: the repository, and the folder a stack keeps its data in. */
import path from 'node:path';

/** The repository's root. */
export const root = path.resolve(import.meta.dirname, '../../..');

/** What does not belong to one stack: fetched programs, the compile cache, and the folders of test runs. `npm run reset` keeps them. */
export const shared = {
  programs: path.join(root, '.stack', 'venv'),
  mongod: path.join(root, '.stack', 'mongod'),
  compileCache: path.join(root, '.stack', 'compile-cache'),
  tests: path.join(root, '.stack', 'test'),
} as const;

/** The names under `.stack/` that `npm run reset` leaves alone. */
export const kept: readonly string[] = Object.values(shared).map((folder) => path.basename(folder));

/** The files and folders of one stack. */
export interface Places {
  readonly dir: string;
  readonly logs: string;
  readonly pids: string;
  readonly lock: string;
  readonly ports: string;
  readonly secrets: string;
  readonly run: string;
  readonly demo: string;
  /** The data folder of a server. */
  readonly data: (server: string) => string;
}

/** @param dir the folder of one stack; `npm start` uses `.stack` */
export const placesIn = (dir: string): Places => ({
  dir,
  logs: path.join(dir, 'logs'),
  pids: path.join(dir, 'pids'),
  lock: path.join(dir, 'lock.json'),
  ports: path.join(dir, 'ports.json'),
  secrets: path.join(dir, 'secrets.json'),
  run: path.join(dir, 'run.json'),
  demo: path.join(dir, 'demo.json'),
  data: (server) => path.join(dir, 'data', server),
});

/** The folder `npm start` and `npm run reset` work in. */
export const mainDir = path.join(root, '.stack');
