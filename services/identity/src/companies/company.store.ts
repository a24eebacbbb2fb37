/** Companies in the database. */
import type { Tx } from '@regie/store';
import type { Company } from './company.ts';

const columns = `id, version, name, siret, time_zone as "timeZone", currency, locale, created_at as "createdAt", updated_at as "updatedAt"`;

/** @param lock `update` lets one change after another; an administrator's going takes it too, so that the last one is known */
export async function readCompany(tx: Tx, id: string, lock: 'none' | 'update' = 'none'): Promise<Company | undefined> {
  const [company] = await tx.query<Company>(`select ${columns} from company where company_id = $1${lock === 'update' ? ' for no key update' : ''}`, [id]);
  return company;
}

export async function insertCompany(tx: Tx, { id, version, name, siret, timeZone, currency, locale }: Company): Promise<void> {
  await tx.query('insert into company (id, version, name, siret, time_zone, currency, locale) values ($1, $2, $3, $4, $5, $6, $7)',
    [id, version, name, siret, timeZone, currency, locale]);
}

/** Saves the next version. */
export async function saveCompany(tx: Tx, { id, name, siret, timeZone, currency, locale }: Company): Promise<Company> {
  const [saved] = await tx.query<Company>(
    `update company set version = version + 1, name = $2, siret = $3, time_zone = $4, currency = $5, locale = $6, updated_at = now() where company_id = $1 returning ${columns}`,
    [id, name, siret, timeZone, currency, locale]);
  return saved!;
}
