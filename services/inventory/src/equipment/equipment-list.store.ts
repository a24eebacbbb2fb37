/** Lists of equipment. Status is derived, so its filter is derived too, in the same statement: pages neither skip nor repeat. */
import { isRefusal, type Refusal } from '@regie/contracts';
import { listRows, searchConditions, type Sort, type Tx } from '@regie/store';
import { freeOver } from '../availability/availability.ts';
import { takenIn } from '../availability/availability.store.ts';
import { figuresOf } from '../availability/figures.store.ts';
import type { Item } from './equipment.ts';
import { asKept, equipmentColumns, type EquipmentRow } from './equipment.store.ts';
import { shown, type Shown } from './figures.ts';
import type { Status } from './status.ts';

export interface EquipmentFilter {
  readonly limit?: number | undefined; readonly cursor?: string | undefined;
  readonly sort?: string | undefined; readonly q?: string | undefined; readonly archived?: boolean | undefined;
  readonly category?: string | undefined; readonly subcategory?: string | undefined; readonly brand?: string | undefined; readonly status?: Status | undefined;
  /** Free in this quantity over the whole of this period, in milliseconds since 1970. */
  readonly free?: { readonly quantity: number; readonly from: number; readonly to: number } | undefined;
}

const sorts: Readonly<Record<string, Sort>> = {
  '-createdAt': { column: 'e.created_at', type: 'timestamptz', descending: true }, createdAt: { column: 'e.created_at', type: 'timestamptz' },
  name: { column: 'e.name', type: 'text' }, reference: { column: 'e.reference', type: 'text' },
};

// The figures of the moment as availability's rules count them (taken.ts): a test holds both against each other.
const pending = `coalesce((select sum(l.quantity - l.delivered) from reservation_line l where l.company_id = e.company_id and l.equipment_id = e.id
  and l.status in ('reserved', 'delivered') and l.starts_at <= now() and l.ends_at > now() and l.asked_to > now()), 0)`;
const out = `coalesce((select sum(l.delivered - l.returned - l.missing) from reservation_line l where l.company_id = e.company_id and l.equipment_id = e.id
  and l.status in ('reserved', 'delivered') and l.delivered > l.returned + l.missing), 0)`;
const repairs = `coalesce((select sum(m.quantity) from maintenance m where m.company_id = e.company_id and m.equipment_id = e.id
  and m.status in ('pending', 'in_progress') and m.starts_at <= now()), 0)`;
const losses = `coalesce((select sum(o.quantity) from loss o where o.company_id = e.company_id and o.equipment_id = e.id and o.status = 'open' and o.lost_at <= now()), 0)`;
const reserved = `${pending} + ${out}`;
const available = `e.quantity_total > ${reserved} + ${repairs} + ${losses}`;

const standing: Readonly<Record<Status, string>> = {
  retired: 'e.archived_at is not null',
  available: `e.archived_at is null and ${available}`,
  on_rental: `e.archived_at is null and not (${available}) and ${reserved} > 0`,
  in_maintenance: `e.archived_at is null and not (${available}) and ${reserved} = 0`,
};

/** Retired ones are the archived ones: asking for them is asking for the archive. */
const archive = ({ archived, status }: EquipmentFilter): string => ((archived ?? status === 'retired') ? 'e.archived_at is not null' : 'e.archived_at is null');

export async function listOfEquipment(tx: Tx, filter: EquipmentFilter): Promise<{ items: Shown[]; nextCursor: string | null } | Refusal<'request.cursor-invalid'>> {
  const { limit, cursor, sort = '-createdAt', q, category, subcategory, brand, status, free } = filter;
  const equals = (column: string, value: string | undefined) => (value === undefined ? [] : [[`e.${column} = ?`, value] as const]);
  const page = await listRows<EquipmentRow>(tx, {
    columns: equipmentColumns, from: 'equipment e', idColumn: 'e.id', sort: sorts[sort]!, limit, cursor,
    where: [
      ['e.company_id = ?', tx.companyId], [archive(filter)], ...equals('category', category), ...equals('subcategory', subcategory), ...equals('brand', brand),
      ...(status === undefined ? [] : [[standing[status]] as const]), ...(q === undefined ? [] : searchConditions(tx, 'equipment', q, 'e.id')),
    ],
    keep: free && ((rows) => freeOnes(tx, rows, free)),
  });
  if (isRefusal(page)) return page;
  const figures = await figuresOf(tx, page.rows.map(({ id }) => id));
  return { items: page.rows.map((row) => shown(asKept(row).item, figures.get(row.id))), nextCursor: page.nextCursor };
}

/** Those free as a reservation would find them: preparation and turnaround fit too. */
async function freeOnes(tx: Tx, rows: EquipmentRow[], { quantity, from, to }: NonNullable<EquipmentFilter['free']>): Promise<EquipmentRow[]> {
  const windowOf = (row: EquipmentRow) => ({ from: from - row.prep_minutes * 60_000, to: to + row.turnaround_minutes * 60_000 });
  const taken = await takenIn(tx, rows.map((row) => ({ companyId: tx.companyId, equipmentId: row.id, ...windowOf(row) })), tx.now.getTime());
  return rows.filter((row) => {
    const window = windowOf(row);
    return row.archived_at === null && freeOver(row.quantity_total, taken.get(row.id) ?? [], window.from, window.to) >= quantity;
  });
}

/** Rows of an export, by reference; what is archived is not in it. */
export async function pageForExport(tx: Tx, cursor: string | undefined, limit: number): Promise<{ items: Item[]; nextCursor: string | null } | Refusal<'request.cursor-invalid'>> {
  const page = await listRows<EquipmentRow>(tx, {
    columns: equipmentColumns, from: 'equipment e', idColumn: 'e.id', sort: sorts['reference']!,
    limit, cursor, where: [['e.company_id = ?', tx.companyId], ['e.archived_at is null']],
  });
  return isRefusal(page) ? page : { items: page.rows.map((row) => asKept(row).item), nextCursor: page.nextCursor };
}
