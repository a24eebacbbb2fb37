/** Rows of repairs. */
import type { Refusal } from '@regie/contracts';
import { listRows, type Rows, type Tx } from '@regie/store';
import type { Repair } from './maintenance.ts';

interface Row {
  id: string; version: number; equipment_id: string; unit_ids: string[]; quantity: number;
  priority: Repair['priority']; status: Repair['status']; problem: string; solution: string | null;
  cost_amount: number | null; cost_currency: string | null; technician_id: string | null;
  starts_at: Date; expected_end_at: Date | null; started_at: Date | null; completed_at: Date | null;
  cancel_reason: string | null; reservation_line_id: string | null; created_at: Date; updated_at: Date;
}
const columns = 'id, version, equipment_id, unit_ids, quantity, priority, status, problem, solution, cost_amount, cost_currency, technician_id, starts_at, expected_end_at, started_at, completed_at, cancel_reason, reservation_line_id, created_at, updated_at';

const asRepair = (row: Row): Repair => ({
  id: row.id, version: row.version, equipmentId: row.equipment_id, unitIds: row.unit_ids, quantity: row.quantity,
  priority: row.priority, status: row.status, problem: row.problem, solution: row.solution,
  cost: row.cost_amount === null ? null : { amount: row.cost_amount, currency: row.cost_currency! }, technicianId: row.technician_id, startsAt: row.starts_at.getTime(),
  expectedEndAt: row.expected_end_at?.getTime() ?? null, startedAt: row.started_at?.getTime() ?? null,
  completedAt: row.completed_at?.getTime() ?? null, cancelReason: row.cancel_reason,
  reservationLineId: row.reservation_line_id, createdAt: row.created_at.getTime(), updatedAt: row.updated_at.getTime(),
});
const date = (at: number | null): Date | null => (at === null ? null : new Date(at));
const valuesOf = (repair: Repair): unknown[] => [
  repair.id, repair.version, repair.equipmentId, repair.unitIds, repair.quantity, repair.priority,
  repair.status, repair.problem, repair.solution, repair.cost?.amount ?? null, repair.cost?.currency ?? null,
  repair.technicianId, date(repair.startsAt), date(repair.expectedEndAt), date(repair.startedAt),
  date(repair.completedAt), repair.cancelReason, repair.reservationLineId, date(repair.createdAt), date(repair.updatedAt),
];

export async function maintenanceOf(tx: Tx, id: string): Promise<Repair | undefined> {
  const [row] = await tx.query<Row>(`select ${columns} from maintenance where company_id = $1 and id = $2`, [tx.companyId, id]);
  return row && asRepair(row);
}

export async function insertMaintenance(tx: Tx, repair: Repair): Promise<void> {
  await tx.query(`insert into maintenance (company_id, ${columns}) values ($1, ${Array.from({ length: 20 }, (_, index) => `$${index + 2}`).join(', ')})`,
    [tx.companyId, ...valuesOf(repair)]);
}

/** Writes a repair as it is now; its version was raised by whoever changed it. */
export async function updateMaintenance(tx: Tx, repair: Repair): Promise<void> {
  await tx.query(`update maintenance set version = $3, priority = $4, status = $5, problem = $6,
    solution = $7, cost_amount = $8, cost_currency = $9, technician_id = $10, expected_end_at = $11,
    started_at = $12, completed_at = $13, cancel_reason = $14, updated_at = $15 where company_id = $1 and id = $2`,
  [tx.companyId, repair.id, repair.version, repair.priority, repair.status, repair.problem, repair.solution,
    repair.cost?.amount ?? null, repair.cost?.currency ?? null, repair.technicianId,
    date(repair.expectedEndAt), date(repair.startedAt), date(repair.completedAt), repair.cancelReason, date(repair.updatedAt)]);
}

export interface MaintenanceFilter {
  readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly sort?: '-createdAt' | 'createdAt' | undefined;
  readonly priority?: string | undefined; readonly status?: string | undefined; readonly equipmentId?: string | undefined; readonly technicianId?: string | undefined;
}

export async function listOfMaintenance(tx: Tx, { limit, cursor, sort = '-createdAt', ...filter }: MaintenanceFilter): Promise<Rows<Repair> | Refusal<'request.cursor-invalid'>> {
  const filters = [['priority = ?', filter.priority], ['status = ?', filter.status], ['equipment_id = ?', filter.equipmentId], ['technician_id = ?', filter.technicianId]] as const;
  const page = await listRows<Row>(tx, {
    columns, from: 'maintenance', sort: { column: 'created_at', type: 'timestamptz', descending: sort === '-createdAt' }, limit, cursor,
    where: [['company_id = ?', tx.companyId], ...filters.filter(([, value]) => value !== undefined)],
  });
  return 'rows' in page ? { rows: page.rows.map(asRepair), nextCursor: page.nextCursor } : page;
}

/** Of the pieces named, those that this equipment has and that are not retired. */
export async function ownPieces(tx: Tx, equipmentId: string, unitIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ id: string }>(
    `select id from unit where company_id = $1 and equipment_id = $2 and id = any($3::uuid[]) and status <> 'retired'`,
    [tx.companyId, equipmentId, unitIds]);
  return new Set(rows.map(({ id }) => id));
}

/** Says where pieces are now. */
export async function placePieces(tx: Tx, unitIds: readonly string[], status: 'in_stock' | 'in_maintenance' | 'retired'): Promise<void> {
  if (unitIds.length === 0) return;
  await tx.query('update unit set status = $3, version = version + 1, updated_at = $4 where company_id = $1 and id = any($2::uuid[]) and status <> $3',
    [tx.companyId, unitIds, status, tx.now]);
}
