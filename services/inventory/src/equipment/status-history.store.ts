/** Lists an equipment's status history. */
import type { Refusal } from '@regie/contracts';
import { listRows, type Tx } from '@regie/store';
import type { Cause } from './status.store.ts';
import type { Status } from './status.ts';

interface Row {
  id: string; at: Date; from_status: Status | null; to_status: Status; quantity: number;
  reason: string | null; actor_id: string | null; cause_kind: Cause['kind']; cause_id: string;
}
export interface HistoryLine {
  id: string; at: string; from: Status | null; to: Status; quantity: number; reason: string | null; actorId: string | null; cause: { kind: Cause['kind']; id: string };
}

export async function statusHistory(
  tx: Tx, equipmentId: string, { limit, cursor }: { limit?: number; cursor?: string },
): Promise<{ items: HistoryLine[]; nextCursor: string | null } | Refusal<'request.cursor-invalid'>> {
  const page = await listRows<Row>(tx, {
    columns: 'id, at, from_status, to_status, quantity, reason, actor_id, cause_kind, cause_id',
    from: 'status_change', sort: { column: 'at', type: 'timestamptz', descending: true }, limit, cursor,
    where: [['company_id = ?', tx.companyId], ['equipment_id = ?', equipmentId]],
  });
  if (!('rows' in page)) return page;
  const items = page.rows.map((row) => ({
    id: row.id, at: row.at.toISOString(), from: row.from_status, to: row.to_status, quantity: row.quantity,
    reason: row.reason, actorId: row.actor_id, cause: { kind: row.cause_kind, id: row.cause_id },
  }));
  return { items, nextCursor: page.nextCursor };
}
