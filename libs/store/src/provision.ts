/** A service's database and its four roles, made by an administrator: by the stack, by compose, or by a Job. */
import pg from 'pg';
import { checkedName } from './names.ts';

export interface Roles {
  readonly ownerPassword: string;
  readonly password: string;
}

/**
 * Makes what is missing and corrects passwords; can be repeated.
 * `<service>_owner` owns and migrates, `<service>` runs and is fenced by company, `<service>_batch` is put on for batches across companies,
 * `<service>_platform` for the few questions asked before a company is known (sign-in). It may do nothing until a migration lets it.
 * @param adminUrl of a role that may create databases and roles
 * @param options.database the database's name, when it is not the service's (tests)
 */
export async function provisionDatabase(adminUrl: string, service: string, { ownerPassword, password }: Roles, { database = service }: { database?: string } = {}): Promise<void> {
  checkedName(service);
  checkedName(database);
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    // Roles belong to the whole cluster: two that make them at once would collide.
    await admin.query('select pg_advisory_lock(7134602)');
    for (const [role, options] of [
      [`${service}_owner`, `login password ${literal(ownerPassword)}`], [service, `login password ${literal(password)}`],
      [`${service}_batch`, 'nologin'], [`${service}_platform`, 'nologin'],
    ] as const) {
      const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
      await admin.query(`${rowCount ? 'alter' : 'create'} role ${role} with nosuperuser nocreatedb nocreaterole nobypassrls ${options}`);
    }
    // Put on by "set role" only: inherited, both policies would apply at once.
    await admin.query(`grant ${service}_batch, ${service}_platform to ${service} with inherit false, set true`);
    const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [database]);
    if (!rowCount) await admin.query(`create database "${database}" owner ${service}_owner`);
    await admin.query(`revoke connect on database "${database}" from public`);
    await admin.query(`grant connect on database "${database}" to ${service}, ${service}_owner`);
  } finally {
    await admin.end();
  }
}

const literal = (text: string): string => {
  if (/[^\x20-\x7e]/.test(text)) throw new TypeError('a password is printable ASCII');
  return pg.escapeLiteral(text);
};
