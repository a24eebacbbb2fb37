/** Migrations: SQL by hand, run by the owner, one process at a time. */
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { checkedName } from './names.ts';

/** One migration: its time and name, and its SQL. There is no way down: a mistake is mended by the next one. */
export interface Migration {
  /** Milliseconds since 1970, unique, rising. */
  readonly at: number;
  readonly name: string;
  readonly sql: string;
}

const lock = 7_134_601;

/**
 * Runs what has not run yet. Of several started at once one works and the others wait: TypeORM itself takes no lock.
 * @param ownerUrl of `<service>_owner`
 * @returns the names of those that ran
 */
export async function migrate(ownerUrl: string, migrations: readonly Migration[]): Promise<string[]> {
  const guard = new pg.Client({ connectionString: ownerUrl });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [lock]);
    const source = await new DataSource({ type: 'postgres', url: ownerUrl, migrations: migrations.map(asClass), migrationsTableName: 'migration', poolSize: 2 }).initialize();
    try {
      // Many constraints by several statements: each migration is its own transaction.
      return (await source.runMigrations({ transaction: 'each' })).map(({ name }) => name);
    } finally {
      await source.destroy();
    }
  } finally {
    await guard.end();
  }
}

/** TypeORM reads time and order from a class's name. */
function asClass({ at, name, sql }: Migration): new () => MigrationInterface {
  const called = `${checkedName(name)}${at}`;
  return class {
    readonly name = called;
    async up(runner: QueryRunner): Promise<void> { await runner.query(sql); }
    down(): Promise<void> { return Promise.reject(new Error('Migrations go forward only.')); }
  };
}
