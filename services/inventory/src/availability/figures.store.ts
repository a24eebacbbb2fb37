/** What equipment has promised and out of service at this moment. */
import { nobody, type Tx } from '@regie/store';
import { takenIn } from './availability.store.ts';
import { figuresAt, type Figures } from './availability.ts';

/** For each equipment: pieces reserved (promised or out) and out of service (in maintenance or lost) now. In a transaction of many companies, of those it named. */
export async function figuresOf(tx: Tx, equipmentIds: readonly string[]): Promise<Map<string, Figures>> {
  const now = tx.now.getTime();
  const companies = tx.companyId === nobody ? await companiesOf(tx, equipmentIds) : undefined;
  const windows = equipmentIds.map((equipmentId) => ({ companyId: companies?.get(equipmentId) ?? tx.companyId, equipmentId, from: now, to: now + 1 }));
  return new Map([...(await takenIn(tx, windows, now))].map(([equipmentId, own]) => [equipmentId, figuresAt(own, now)]));
}

/** Whose it is; the fence shows only companies this transaction named. */
async function companiesOf(tx: Tx, equipmentIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ id: string; company_id: string }>('select id, company_id from equipment where id in (select unnest($1::uuid[]))', [equipmentIds]);
  return new Map(rows.map(({ id, company_id }) => [id, company_id]));
}
