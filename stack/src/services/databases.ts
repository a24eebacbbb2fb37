/** A database and roles for each service that has migrations, and the migrations themselves. */
import { writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { provisionDatabase } from '@regie/store';
import { Problem } from '../base/problem.ts';
import { run } from '../base/run.ts';
import type { Secrets } from '../base/secrets.ts';
import type { Service } from './service.ts';

export interface Database {
  /** For the running service: may not change the schema, sees one company at a time. */
  readonly url: string;
  /** For migrations, and for tests that look behind the service. */
  readonly ownerUrl: string;
}

const variableOf = (service: string): string => `DATABASE_URL_${service.toUpperCase()}`;

/** The services whose database nobody named in the environment. */
export const withoutDatabase = (services: readonly Service[], env: NodeJS.ProcessEnv): Service[] =>
  services.filter(({ name, migrate }) => migrate !== undefined && env[variableOf(name)] === undefined);

/**
 * Creates what is missing; safe to repeat. A database of one's own is taken as it is: `DATABASE_URL_<SERVICE>` for the service,
 * `DATABASE_OWNER_URL_<SERVICE>` for its migrations.
 * @param admin the superuser's address; undefined when every service has a database of its own
 */
export async function databaseOf(service: string, admin: string | undefined, secrets: Secrets, env: NodeJS.ProcessEnv): Promise<Database> {
  const own = env[variableOf(service)];
  if (own !== undefined) return { url: own, ownerUrl: env[`DATABASE_OWNER_URL_${service.toUpperCase()}`] ?? own };
  if (admin === undefined) throw new Error(`no PostgreSQL for ${service}`);
  const ownerPassword = secrets.of(`postgres.${service}_owner`);
  const password = secrets.of(`postgres.${service}`);
  await secrets.save();
  await provisionDatabase(admin, service, { ownerPassword, password });
  return { url: address(admin, service, service, password), ownerUrl: address(admin, service, `${service}_owner`, ownerPassword) };
}

interface Running {
  readonly env: NodeJS.ProcessEnv;
  readonly logs: string;
  readonly signal: AbortSignal;
}

/** Runs the service's migrations as its database's owner. */
export async function migrate({ name, migrate: program }: Service, { ownerUrl }: Database, { env, logs, signal }: Running): Promise<void> {
  if (program === undefined) return;
  const { code, output } = await run(process.execPath, [program], { env: { ...env, DATABASE_OWNER_URL: ownerUrl }, signal });
  const log = path.join(logs, `${name}.migrate.log`);
  await mkdir(logs, { recursive: true });
  await writeFile(log, output);
  if (code !== 0) throw new Problem(`The migrations of ${name} failed (${path.relative(process.cwd(), log)}):\n${output.trim().split('\n').slice(-15).join('\n')}`);
}

function address(admin: string, database: string, user: string, password: string): string {
  const url = new URL(admin);
  url.username = user;
  url.password = password;
  url.pathname = `/${database}`;
  return url.href;
}
