/** Equipment as far as deciding about it needs. */
import { listRows, type Rows, type Tx } from '@regie/store';
import type { Refusal } from '@regie/contracts';
import type { Stock, StockPlace } from './stock.ts';

export interface StockRow {
  id: string; company_id: string; reference: string; category: string; subcategory: string | null; tracking: 'bulk' | 'serialised';
  quantity_total: number; archived_at: Date | null; prep_minutes: number; turnaround_minutes: number;
}
export const stockColumns = 'e.id, e.company_id, e.reference, e.category, e.subcategory, e.tracking, e.quantity_total, e.archived_at, e.prep_minutes, e.turnaround_minutes';

export const asStock = (row: StockRow): Stock => ({
  id: row.id, companyId: row.company_id, reference: row.reference, category: row.category, subcategory: row.subcategory, tracking: row.tracking,
  total: row.archived_at ? 0 : row.quantity_total, archived: row.archived_at !== null, prepMs: row.prep_minutes * 60_000, turnaroundMs: row.turnaround_minutes * 60_000,
});

const some = { name: 'stock', text: `select found.* from unnest($2::uuid[]) as a (id)
  cross join lateral (select ${stockColumns} from equipment e where e.id = a.id and e.company_id in (select unnest($1::uuid[])) offset 0) found` };

/** @param companyIds whose equipment it may be; the transaction's company unless said */
export async function stockOf(tx: Tx, ids: readonly string[], companyIds: readonly string[] = [tx.companyId]): Promise<Map<string, Stock>> {
  const rows = await tx.query<StockRow>(some, [companyIds, [...new Set(ids)]]);
  return new Map(rows.map((row) => [row.id, asStock(row)]));
}

const next = {
  name: 'stock-next',
  text: `select ${stockColumns}, e.created_at::text as made_at from equipment e
    where e.company_id = $1 and (e.created_at, e.id) > ($2::timestamptz, $3::uuid) and e.archived_at is null
    order by e.created_at, e.id limit $4`,
};

/** A company's equipment behind a place, of what is not archived, with the place it ends at. */
export async function stockAfter(tx: Tx, companyId: string, after: StockPlace, limit: number): Promise<{ stock: Stock[]; place: StockPlace }> {
  const rows = await tx.query<StockRow & { made_at: string }>(next, [companyId, after.madeAt, after.id, limit]);
  const last = rows.at(-1);
  return { stock: rows.map(asStock), place: last ? { madeAt: last.made_at, id: last.id } : after };
}

/** One page of what is not archived, by reference. */
export async function listStock(
  tx: Tx, { category, limit, cursor }: { category?: string | undefined; limit?: number | undefined; cursor?: string | undefined },
): Promise<Rows<Stock> | Refusal<'request.cursor-invalid'>> {
  const page = await listRows<StockRow>(tx, {
    columns: stockColumns, from: 'equipment e', sort: { column: 'e.reference', type: 'text' }, limit, cursor, idColumn: 'e.id',
    where: [['e.company_id = ?', tx.companyId], ['e.archived_at is null'], ...(category === undefined ? [] : [['e.category = ?', category] as const])],
  });
  return 'rows' in page ? { rows: page.rows.map(asStock), nextCursor: page.nextCursor } : page;
}
