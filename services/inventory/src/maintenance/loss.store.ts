/** Rows of losses. */
import type { Refusal } from '@regie/contracts';
import { listRows, type Rows, type Tx } from '@regie/store';
import type { Missed } from './loss.ts';

interface Row {
  id: string; version: number; equipment_id: string; reservation_id: string; line_id: string; quantity: number; status: Missed['status']; note: string | null;
  lost_at: Date; settled_at: Date | null; created_at: Date; updated_at: Date;
}
const columns = 'id, version, equipment_id, reservation_id, line_id, quantity, status, note, lost_at, settled_at, created_at, updated_at';
const asMissed = (row: Row): Missed => ({
  id: row.id, version: row.version, equipmentId: row.equipment_id, reservationId: row.reservation_id,
  lineId: row.line_id, quantity: row.quantity, status: row.status, note: row.note,
  lostAt: row.lost_at.getTime(), settledAt: row.settled_at?.getTime() ?? null, createdAt: row.created_at.getTime(), updatedAt: row.updated_at.getTime(),
});

export async function lossOf(tx: Tx, id: string): Promise<Missed | undefined> {
  const [row] = await tx.query<Row>(`select ${columns} from loss where company_id = $1 and id = $2`, [tx.companyId, id]);
  return row && asMissed(row);
}

export async function insertLoss(tx: Tx, loss: Missed): Promise<void> {
  await tx.query(`insert into loss (company_id, ${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, null, $11, $11)`,
    [
      tx.companyId, loss.id, loss.version, loss.equipmentId, loss.reservationId, loss.lineId,
      loss.quantity, loss.status, loss.note, new Date(loss.lostAt), new Date(loss.createdAt),
    ]);
}

export async function updateLoss(tx: Tx, { id, version, status, settledAt, updatedAt }: Missed): Promise<void> {
  await tx.query('update loss set version = $3, status = $4, settled_at = $5, updated_at = $6 where company_id = $1 and id = $2',
    [tx.companyId, id, version, status, settledAt === null ? null : new Date(settledAt), new Date(updatedAt)]);
}

export async function listOfLosses(tx: Tx, { limit, cursor, sort = '-createdAt', status, equipmentId }: {
  limit?: number | undefined; cursor?: string | undefined; sort?: '-createdAt' | 'createdAt' | undefined; status?: string | undefined; equipmentId?: string | undefined;
}): Promise<Rows<Missed> | Refusal<'request.cursor-invalid'>> {
  const filters = [['status = ?', status], ['equipment_id = ?', equipmentId]] as const;
  const page = await listRows<Row>(tx, {
    columns, from: 'loss', sort: { column: 'created_at', type: 'timestamptz', descending: sort === '-createdAt' }, limit, cursor,
    where: [['company_id = ?', tx.companyId], ...filters.filter(([, value]) => value !== undefined)],
  });
  return 'rows' in page ? { rows: page.rows.map(asMissed), nextCursor: page.nextCursor } : page;
}
