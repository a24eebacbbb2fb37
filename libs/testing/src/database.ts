/** A database of its own for each test file, with the roles a service really has. */
import { migrate, provisionDatabase, type Migration } from '@regie/store';
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface FreshDatabase {
  /** Of the run-time role: fenced by company, no owner. */
  readonly url: string;
  readonly ownerUrl: string;
  /** As the superuser, for looking behind the fences. */
  query<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

/** Roles belong to the cluster, so all test databases share their passwords. */
const password = 'for-tests-only';

/** Makes a database for one service and migrates it. @throws when TEST_POSTGRES_URL is missing: run it with `npm test` */
export async function freshDatabase(service: string, migrations: readonly Migration[]): Promise<FreshDatabase> {
  const adminUrl = process.env['TEST_POSTGRES_URL'];
  if (!adminUrl) throw new Error('TEST_POSTGRES_URL is missing: run the tests with "npm test".');
  const name = `test_${service}_${randomBytes(6).toString('hex')}`;
  await provisionDatabase(adminUrl, service, { ownerPassword: password, password }, { database: name });
  const as = (user?: string): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    if (user) { url.username = user; url.password = password; }
    return url.href;
  };
  await migrate(as(`${service}_owner`), migrations);
  const admin = new pg.Pool({ connectionString: as(), max: 2 });
  admin.on('error', () => undefined);
  return {
    url: as(service), ownerUrl: as(`${service}_owner`),
    query: async <Row>(sql: string, values: unknown[] = []) => (await admin.query(sql, values)).rows as Row[],
    async drop() {
      await admin.end();
      const outside = new pg.Client({ connectionString: adminUrl });
      await outside.connect();
      await outside.query(`drop database "${name}" with (force)`);
      await outside.end();
    },
  };
}
