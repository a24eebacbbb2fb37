/** Rows of pieces: those of serialised equipment, each with its code. */
import type { Refusal, Static, Unit } from '@regie/contracts';
import { listRows, uuid7, type Tx } from '@regie/store';
import { pieceCode } from './equipment.ts';

export type Piece = Static<typeof Unit>;
interface Row {
  id: string; equipment_id: string; code: string; serial_number: string | null;
  condition: Piece['condition']; status: Piece['status']; created_at: Date; updated_at: Date;
}

const view = ({ id, equipment_id, code, serial_number, condition, status, created_at, updated_at }: Row): Piece =>
  ({ id, equipmentId: equipment_id, code, serialNumber: serial_number, condition, status, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() });

/** Pieces to add to one equipment: so many, the first of them with these serial numbers. */
export interface NewPieces { readonly equipmentId: string; readonly reference: string; readonly count: number; readonly serials: readonly string[] }

/**
 * Adds pieces, numbered after all there ever were: a code is never given again.
 * The equipment's rows are locked, or new, so that numbers are not raced for.
 */
export async function addPieces(tx: Tx, wanted: readonly NewPieces[]): Promise<void> {
  const adding = wanted.filter(({ count }) => count > 0);
  if (adding.length === 0) return;
  const had = await tx.query<{ equipment_id: string; pieces: number }>(
    'select equipment_id, count(*)::int as pieces from unit where company_id = $1 and equipment_id = any($2::uuid[]) group by equipment_id',
    [tx.companyId, adding.map(({ equipmentId }) => equipmentId)]);
  const piecesOf = new Map(had.map(({ equipment_id, pieces }) => [equipment_id, pieces]));
  const rows = adding.flatMap(({ equipmentId, reference, count, serials }) => Array.from({ length: count }, (_, index) =>
    ({ id: uuid7(tx.now.getTime()), equipmentId, code: pieceCode(reference, (piecesOf.get(equipmentId) ?? 0) + index + 1), serial: serials[index] ?? null })));
  await tx.query(
    `insert into unit (id, company_id, version, equipment_id, code, serial_number) select u.id, $1, 1, u.equipment_id, u.code, u.serial
     from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) u (id, equipment_id, code, serial)`,
    [tx.companyId, rows.map(({ id }) => id), rows.map(({ equipmentId }) => equipmentId), rows.map(({ code }) => code), rows.map(({ serial }) => serial)]);
}

/** Gives serial numbers to pieces that had none. */
export async function nameSerials(tx: Tx, named: readonly { readonly unitId: string; readonly serial: string }[]): Promise<void> {
  if (named.length === 0) return;
  await tx.query(`update unit u set serial_number = n.serial, version = u.version + 1, updated_at = now()
    from unnest($2::uuid[], $3::text[]) n (id, serial) where u.company_id = $1 and u.id = n.id`,
    [tx.companyId, named.map(({ unitId }) => unitId), named.map(({ serial }) => serial)]);
}

/** The pieces of each equipment that are still its own, in the order of their codes. */
export async function piecesOf(tx: Tx, equipmentIds: readonly string[]): Promise<Map<string, { id: string; serial: string | null }[]>> {
  const pieces = new Map<string, { id: string; serial: string | null }[]>();
  if (equipmentIds.length === 0) return pieces;
  const rows = await tx.query<{ id: string; equipment_id: string; serial_number: string | null }>(
    `select id, equipment_id, serial_number from unit
     where company_id = $1 and equipment_id = any($2::uuid[]) and status <> 'retired' order by equipment_id, length(code), code`,
    [tx.companyId, equipmentIds]);
  for (const { id, equipment_id, serial_number } of rows) {
    const own = pieces.get(equipment_id) ?? [];
    own.push({ id, serial: serial_number });
    pieces.set(equipment_id, own);
  }
  return pieces;
}

export async function listOfUnits(
  tx: Tx, equipmentId: string, { limit, cursor }: { limit?: number; cursor?: string },
): Promise<{ items: Piece[]; nextCursor: string | null } | Refusal<'request.cursor-invalid'>> {
  const page = await listRows<Row>(tx, {
    columns: 'id, equipment_id, code, serial_number, condition, status, created_at, updated_at', from: 'unit', sort: { column: 'code', type: 'text' }, limit, cursor,
    where: [['company_id = ?', tx.companyId], ['equipment_id = ?', equipmentId]],
  });
  return 'rows' in page ? { items: page.rows.map(view), nextCursor: page.nextCursor } : page;
}
