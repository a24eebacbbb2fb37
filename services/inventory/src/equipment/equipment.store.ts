/** Rows of equipment: read, locked and written many at a time, so that an import costs a few statements. */
import type { Money } from '@regie/contracts';
import { termsOf, type Tx } from '@regie/store';
import type { Item, Kept } from './equipment.ts';

export interface EquipmentRow {
  id: string; version: number; reference: string; name: string; category: string;
  subcategory: string | null; brand: string | null; model: string | null; description: string | null;
  tracking: Item['tracking']; quantity_total: number; weight_grams: number | null; dimensions: Item['dimensionsMm']; degressive: Item['degressive']; specs: Item['specs'];
  daily_rate_amount: number | null; daily_rate_currency: string | null; purchase_price_amount: number | null; purchase_price_currency: string | null;
  replacement_value_amount: number | null; replacement_value_currency: string | null; accessory_ids: string[]; prep_minutes: number; turnaround_minutes: number;
  created_at: Date; updated_at: Date; archived_at: Date | null;
}

/** What a save writes, with the types the database reads them as. Company, version and times are not among them. */
const written = {
  name: 'text', category: 'text', subcategory: 'text', brand: 'text', model: 'text', description: 'text', quantity_total: 'int', weight_grams: 'int', dimensions: 'jsonb',
  daily_rate_amount: 'bigint', daily_rate_currency: 'char(3)', purchase_price_amount: 'bigint',
  purchase_price_currency: 'char(3)', replacement_value_amount: 'bigint', replacement_value_currency: 'char(3)',
  degressive: 'jsonb', specs: 'jsonb', accessory_ids: 'uuid[]', prep_minutes: 'int', turnaround_minutes: 'int',
} as const;
const names = Object.keys(written);
const record = `jsonb_to_recordset($2::jsonb) as r (id uuid, reference text, tracking text, archived boolean,
  ${Object.entries(written).map(([name, type]) => `${name} ${type}`).join(', ')})`;

/** Every column an item is made of, for a table called `e`. */
export const equipmentColumns = ['id', 'version', 'reference', 'tracking', 'created_at', 'updated_at', 'archived_at', ...names].map((name) => `e.${name}`).join(', ');

const money = (amount: number | null, currency: string | null): Money | null => (amount === null ? null : { amount, currency: currency! });

export const asKept = (row: EquipmentRow): Kept => ({
  version: row.version,
  item: {
    id: row.id, createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
    reference: row.reference, name: row.name, category: row.category, tracking: row.tracking,
    subcategory: row.subcategory, brand: row.brand, model: row.model, description: row.description, weightGrams: row.weight_grams, dimensionsMm: row.dimensions,
    dailyRate: money(row.daily_rate_amount, row.daily_rate_currency), degressive: row.degressive, purchasePrice: money(row.purchase_price_amount, row.purchase_price_currency),
    replacementValue: money(row.replacement_value_amount, row.replacement_value_currency), specs: row.specs, accessoryIds: row.accessory_ids, prepMinutes: row.prep_minutes,
    turnaroundMinutes: row.turnaround_minutes, quantityTotal: row.quantity_total, archivedAt: row.archived_at?.toISOString() ?? null,
  },
});

const asRecord = (item: Item): Record<string, unknown> => ({
  id: item.id, reference: item.reference, tracking: item.tracking, archived: item.archivedAt !== null,
  name: item.name, category: item.category, subcategory: item.subcategory, brand: item.brand, model: item.model,
  description: item.description, quantity_total: item.quantityTotal, weight_grams: item.weightGrams, dimensions: item.dimensionsMm, degressive: item.degressive, specs: item.specs,
  daily_rate_amount: item.dailyRate?.amount ?? null, daily_rate_currency: item.dailyRate?.currency ?? null, purchase_price_amount: item.purchasePrice?.amount ?? null,
  purchase_price_currency: item.purchasePrice?.currency ?? null, replacement_value_amount: item.replacementValue?.amount ?? null,
  replacement_value_currency: item.replacementValue?.currency ?? null,
  accessory_ids: item.accessoryIds, prep_minutes: item.prepMinutes, turnaround_minutes: item.turnaroundMinutes,
});

/** Takes so many numbers of each code for the transaction; a second one waits here for the first. @returns the first number of each code */
export async function takeNumbers(tx: Tx, wanted: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  // In the order of codes: two imports that wait for each other's codes would stop both.
  const codes = [...wanted.keys()].toSorted();
  const rows = await tx.query<{ code: string; last: number }>({
    name: 'reference-take',
    text: `insert into reference_counter as kept (company_id, code, last)
      select $1, w.code, w.count from unnest($2::text[], $3::int[]) with ordinality w (code, count, place) order by place
      on conflict (company_id, code) do update set last = kept.last + excluded.last returning code, last`,
  }, [tx.companyId, codes, codes.map((code) => wanted.get(code))]);
  return new Map(rows.map(({ code, last }) => [code, last - wanted.get(code)! + 1]));
}

const insert = {
  name: 'equipment-insert',
  text: `insert into equipment as e (id, company_id, version, reference, tracking, ${names.join(', ')})
    select id, $1, 1, reference, tracking, ${names.join(', ')} from ${record} returning ${equipmentColumns}`,
};
const update = {
  name: 'equipment-update',
  text: `update equipment e set version = e.version + 1, updated_at = now(),
    archived_at = case when r.archived then coalesce(e.archived_at, now()) end, ${names.map((name) => `${name} = r.${name}`).join(', ')}
    from ${record} where e.company_id = $1 and e.id = r.id returning ${equipmentColumns}`,
};

/** @returns what was written, in the order given */
const write = (statement: { name: string; text: string }) => async (tx: Tx, items: readonly Item[]): Promise<Kept[]> => {
  if (items.length === 0) return [];
  const rows = await tx.query<EquipmentRow>(statement, [tx.companyId, JSON.stringify(items.map(asRecord))]);
  const byId = new Map(rows.map((row) => [row.id, asKept(row)]));
  return items.map(({ id }) => byId.get(id)!);
};
export const insertEquipment = write(insert);
/** Rows that the transaction has locked. Each gets the next version. */
export const updateEquipment = write(update);

/** Locks rows, always in the order of their ids: two changes of one equipment are decided one after the other. */
export async function lockEquipment(tx: Tx, ids: readonly string[]): Promise<Map<string, Kept>> {
  const rows = await tx.query<EquipmentRow>({
    name: 'equipment-lock',
    text: `select ${equipmentColumns} from equipment e where e.company_id = $1 and e.id = any($2::uuid[]) order by e.id for no key update`,
  }, [tx.companyId, ids]);
  return new Map(rows.map((row) => [row.id, asKept(row)]));
}

export async function readEquipment(tx: Tx, id: string): Promise<Kept | undefined> {
  const [row] = await tx.query<EquipmentRow>(
    { name: 'equipment-read', text: `select ${equipmentColumns} from equipment e where e.company_id = $1 and e.id = $2` }, [tx.companyId, id]);
  return row && asKept(row);
}

/** Which of these the company has. */
export async function knownEquipment(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.query<{ id: string }>('select id from equipment where company_id = $1 and id = any($2::uuid[])', [tx.companyId, ids]);
  return new Set(rows.map(({ id }) => id));
}

/** Writes the words equipment is found by: reference, name, brand, model, serial numbers. Replaces those it had. */
export async function saveEquipmentTerms(tx: Tx, items: readonly Item[]): Promise<void> {
  const serials = await tx.query<{ equipment_id: string; serials: string[] }>(
    'select equipment_id, array_agg(serial_number) as serials from unit where company_id = $1 and equipment_id = any($2::uuid[]) and serial_number is not null group by equipment_id',
    [tx.companyId, items.map(({ id }) => id)]);
  const serialsOf = new Map(serials.map(({ equipment_id, serials: own }) => [equipment_id, own]));
  const terms = items.flatMap((item) => termsOf(item.reference, item.name, item.brand, item.model, ...(serialsOf.get(item.id) ?? [])).map((term) => [item.id, term] as const));
  await tx.query('delete from equipment_term where company_id = $1 and id = any($2::uuid[])', [tx.companyId, items.map(({ id }) => id)]);
  await tx.query(
    'insert into equipment_term (company_id, term, id) select $1, term, id from unnest($2::uuid[], $3::text[]) t (id, term) on conflict do nothing',
    [tx.companyId, terms.map(([id]) => id), terms.map(([, term]) => term)]);
}
