/** A service's one database: its pool, and what happens after a commit. */
import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import { gatheringSocket } from './one-write.ts';
import type { Told } from './told.ts';

// Counts and amounts are whole numbers far below 2^53; as strings they would be added up as text.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export interface Database {
  readonly service: string;
  readonly source: DataSource;
  /** Called with what was told after each commit that told something; the relay listens. */
  onTold: (told: readonly Told[]) => void;
}

/**
 * Opens the pool of a service's run-time role.
 * @param options.poolSize connections; with 5, the relay's 1 and the 1 that inventory holds its slots with, two replicas of each service take 38 of
 * the 100 that PostgreSQL has unless told otherwise
 */
export async function openDatabase(service: string, url: string, tables: readonly EntitySchema[], { poolSize = 5 } = {}): Promise<Database> {
  const source = new DataSource({
    type: 'postgres', url, entities: [...tables], synchronize: false, poolSize, applicationName: service,
    // Statements that do not wait for each other go out together and are answered in their order.
    extra: { pipeline: true, stream: gatheringSocket, connectionTimeoutMillis: 5_000, idleTimeoutMillis: 60_000, keepAlive: true },
    poolErrorHandler: () => undefined,
  });
  await source.initialize();
  return { service, source, onTold: () => undefined };
}

export const closeDatabase = ({ source }: Database): Promise<void> => source.destroy();

/** A dependency is away: the same work may succeed later, and nothing is wrong with it. */
export function isOutage(error: unknown): boolean {
  const { code, message = '' } = error as { code?: string; message?: string };
  if (typeof code === 'string') {
    // 08 connection, 53 resources, 57P0x shutdown, 55P03 lock timeout, 57014 statement timeout, 40 serialization and deadlock
    if (/^(08|53|57P0)/.test(code) || ['55P03', '57014', '40001', '40P01', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'].includes(code)) return true;
  }
  return /connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/i.test(message);
}

/** Somebody else's work was in the way: a lock or a deadlock. Done again alone it may succeed at once. */
export const isContention = (error: unknown): boolean => ['55P03', '57014', '40001', '40P01'].includes((error as { code?: string }).code ?? '');

/** Does the database answer? For readiness. */
export async function databaseTrouble({ source }: Database, timeout = 2_000): Promise<string | null> {
  const answered = await Promise.race([
    source.query('select 1').then(() => null, (error: unknown) => `database: ${(error as Error).message}`),
    new Promise<string>((resolve) => { setTimeout(resolve, timeout, 'database does not answer').unref(); }),
  ]);
  return answered;
}
