/** People in the database. */
import type { Refusal, Role } from '@regie/contracts';
import { asPlatform, listRows, saveTerms, searchConditions, termsOf, type Rows, type Sort, type Tx } from '@regie/store';
import type { Scope } from '../scope.store.ts';
import type { Person } from './person.ts';

const columns = `id, company_id as "companyId", version, email, first_name as "firstName", last_name as "lastName", phone, roles, platform_admin as "platformAdmin", active,
  email_verified as "emailVerified", last_login_at as "lastLoginAt", created_at as "createdAt", updated_at as "updatedAt", archived_at as "archivedAt"`;
/** Two changes of one person come one after the other; a refresh shares, so that none is given out beside a change of roles. */
const locks = { none: '', share: ' for share', update: ' for no key update' };

/** From an address in its normal form to whose it is, before anything else is known of who asks. */
export const findByEmail = (tx: Tx, email: string): Promise<Scope | undefined> => asPlatform(tx, 'identity', async () => {
  const [found] = await tx.query<Scope>('select id as "personId", company_id as "companyId" from person where email = $1 and archived_at is null', [email]);
  return found;
});

/** Has somebody been named already? */
export const anyPlatformAdmin = (tx: Tx): Promise<boolean> =>
  asPlatform(tx, 'identity', async () => (await tx.query('select 1 from person where platform_admin limit 1')).length > 0);

export async function readPerson(tx: Tx, { companyId, personId }: Scope, lock: keyof typeof locks = 'none'): Promise<Person | undefined> {
  const [person] = await tx.query<Person>(`select ${columns} from person where company_id is not distinct from $1 and id = $2${locks[lock]}`, [companyId, personId]);
  return person;
}

export async function readPasswordHash(tx: Tx, { companyId, personId }: Scope): Promise<string> {
  const [row] = await tx.query<{ hash: string }>('select password_hash as hash from person where company_id is not distinct from $1 and id = $2', [companyId, personId]);
  return row!.hash;
}

/** @returns false when somebody has the address, also in a company this transaction cannot see: then nothing was written */
export async function insertPerson(tx: Tx, { id, companyId, version, email, firstName, lastName, phone, roles, platformAdmin }: Person, passwordHash: string): Promise<boolean> {
  const written = await tx.query(
    `insert into person (id, company_id, version, email, password_hash, first_name, last_name, phone, roles, platform_admin) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict do nothing returning 1 as written`, [id, companyId, version, email, passwordHash, firstName, lastName, phone, roles, platformAdmin]);
  return written.length > 0;
}

/** Saves the next version. */
export async function savePerson(tx: Tx, { id, companyId, firstName, lastName, phone, roles, platformAdmin, active, archivedAt }: Person): Promise<Person> {
  const [saved] = await tx.query<Person>(
    `update person set version = version + 1, first_name = $3, last_name = $4, phone = $5, roles = $6, platform_admin = $7, active = $8, archived_at = $9, updated_at = now()
     where company_id is not distinct from $1 and id = $2 returning ${columns}`, [companyId, id, firstName, lastName, phone, roles, platformAdmin, active, archivedAt]);
  return saved!;
}

/** A new password is a new version. @returns it */
export async function savePassword(tx: Tx, { companyId, personId }: Scope, hash: string): Promise<number> {
  const [saved] = await tx.query<{ version: number }>(
    'update person set version = version + 1, password_hash = $3, updated_at = now() where company_id is not distinct from $1 and id = $2 returning version',
    [companyId, personId, hash]);
  return saved!.version;
}

/** The same password hashed anew is no change of the person. */
export async function rehashPassword(tx: Tx, { companyId, personId }: Scope, hash: string): Promise<void> {
  await tx.query('update person set password_hash = $3 where company_id is not distinct from $1 and id = $2', [companyId, personId, hash]);
}

/** Signing in is no change of the person: it would make everybody's ETag stale. */
export async function noteLogin(tx: Tx, { companyId, personId }: Scope, at: Date): Promise<void> {
  await tx.query('update person set last_login_at = $3 where company_id is not distinct from $1 and id = $2', [companyId, personId, at]);
}

/** The words a person is found by in its company; somebody alone is looked for by nobody. */
export async function savePersonTerms(tx: Tx, { id, companyId, firstName, lastName, email }: Person): Promise<void> {
  // At a registration the transaction was begun for no company.
  if (companyId !== null) await saveTerms({ ...tx, companyId }, 'person', id, termsOf(firstName, lastName, email));
}

/** Active administrators besides this person. Only under the company's lock is it still true at the commit. */
export async function countOtherAdmins(tx: Tx, personId: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(`select count(*)::int as count from person
    where company_id = $1 and id <> $2 and active and archived_at is null and 'admin' = any(roles)`, [tx.companyId, personId]);
  return row!.count;
}

const sorts: Readonly<Record<string, Sort>> = {
  '-createdAt': { column: 'created_at', type: 'timestamptz', descending: true },
  createdAt: { column: 'created_at', type: 'timestamptz' }, lastName: { column: 'last_name', type: 'text' },
};

export interface PeopleQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly sort?: string | undefined;
  readonly role?: Role | undefined;
  readonly active?: boolean | undefined;
  readonly archived?: boolean | undefined;
  readonly q?: string | undefined;
}

export function listPeople(tx: Tx, query: PeopleQuery): Promise<Rows<Person> | Refusal<'request.cursor-invalid'>> {
  const { limit, cursor, sort = '-createdAt', role, active, archived = false, q } = query;
  return listRows<Person>(tx, {
    columns, from: 'person', sort: sorts[sort]!, limit, cursor,
    where: [
      ['company_id = ?', tx.companyId],
      [archived ? 'archived_at is not null' : 'archived_at is null'],
      ...(role === undefined ? [] : [['? = any(roles)', role] as const]),
      ...(active === undefined ? [] : [['active = ?', active] as const]),
      ...(q === undefined ? [] : searchConditions(tx, 'person', q)),
    ],
  });
}
