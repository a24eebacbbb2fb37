/** What the commands work on: the system in `.stack/run.json`, or the one the environment names. */
import path from 'node:path';
import { readJson } from '../base/files.ts';
import { mainDir, placesIn, root } from '../base/paths.ts';
import { Problem } from '../base/problem.ts';
import type { RunFile } from '../run-file.ts';
import { servicesIn } from '../services/service.ts';
import { speaker, type Said, type Speak } from './language.ts';

export interface Surroundings {
  /** What runs here; undefined when nothing does, or it runs elsewhere. */
  readonly run: RunFile | undefined;
  /** The folder of the stack. */
  readonly dir: string;
  readonly speak: Speak;
  /** One line to standard output. */
  readonly say: (line: string) => void;
  /** Services that keep a PostgreSQL database. */
  readonly withDatabase: readonly string[];
  /** The address of a server, for whoever administers it; undefined when nobody named one. */
  address(server: 'postgres' | 'nats' | 'redis' | 'mongodb'): string | undefined;
  /** The address of a service's database. */
  database(service: string): string | undefined;
}

const variables = { postgres: 'POSTGRES_URL', nats: 'NATS_URL', redis: 'REDIS_URL', mongodb: 'MONGODB_URL' } as const;

export async function surroundings(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<Surroundings> {
  const dir = env['REGIE_STACK'] ?? mainDir;
  const run = (await readJson(placesIn(dir).run)) as RunFile | undefined;
  const address: Surroundings['address'] = (server) => env[variables[server]] ?? run?.servers[server]?.url;
  return {
    run, dir, say, speak: speaker(env), address,
    withDatabase: servicesIn(path.join(root, 'services')).filter(({ migrate }) => migrate !== undefined).map(({ name }) => name),
    database(service) {
      const own = env[`DATABASE_OWNER_URL_${service.toUpperCase()}`] ?? env[`DATABASE_URL_${service.toUpperCase()}`];
      const admin = address('postgres');
      if (own !== undefined || admin === undefined) return own;
      const url = new URL(admin);
      url.pathname = `/${service}`;
      return url.href;
    },
  };
}

/** @throws Problem that says how to name it, when it is undefined */
export function needed(address: string | undefined, variable: string, speak: Speak): string {
  if (address !== undefined) return address;
  throw new Problem(speak({
    en: `Nothing runs here: start it with \`npm start\`, or name the server in ${variable}.`,
    fr: `Rien ne tourne ici : lancez \`npm start\`, ou indiquez le serveur dans ${variable}.`,
  }));
}

/** The work, or a Problem when it takes longer: a server that is away must not keep anybody waiting. */
export async function within<T>(ms: number, what: Said, speak: Speak, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([work, new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new Problem(speak(what))), ms); })]);
  } finally {
    clearTimeout(timer);
  }
}
