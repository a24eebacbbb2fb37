/** Reservations and their lines, as rows. */
import type { Refusal, Reservation, ReservationStatus, Shortage } from '@regie/contracts';
import { listRows, uuids, type Rows, type Tx } from '@regie/store';
import type { Held, Line, RefusedLine } from './reservation.ts';

interface HeldRow {
  id: string; company_id: string; event_id: string; version: number; revision: number; status: ReservationStatus; shortages: Shortage[]; refused_lines: RefusedLine[];
  requested_by: string | null; decided_ms: number; created_ms: number; updated_ms: number;
}
interface LineRow {
  id: string; reservation_id: string; event_id: string; equipment_id: string; kit_id: string | null;
  quantity: number; asked_from: number; asked_to: number; from_ms: number; to_ms: number;
  status: Reservation['status']; delivered: number; returned: number; damaged: number;
  missing: number; out_since: number | null; decided_seq: number; decided_ms: number; short: number;
}

const ms = (column: string, name: string): string => `(extract(epoch from ${column}) * 1000)::float8 as ${name}`;
const heldColumns = `r.id, r.company_id, r.event_id, r.version, r.revision, r.status, r.shortages, r.refused_lines, r.requested_by,
  ${ms('r.decided_at', 'decided_ms')}, ${ms('r.created_at', 'created_ms')}, ${ms('r.updated_at', 'updated_ms')}`;
const lineColumns = `l.id, l.reservation_id, l.event_id, l.equipment_id, l.kit_id, l.quantity,
  ${ms('l.asked_from', 'asked_from')}, ${ms('l.asked_to', 'asked_to')}, ${ms('l.starts_at', 'from_ms')}, ${ms('l.ends_at', 'to_ms')},
  l.status, l.delivered, l.returned, l.damaged, l.missing, ${ms('l.out_since', 'out_since')}, l.decided_seq, ${ms('l.decided_at', 'decided_ms')}, coalesce(s.short, 0) as short`;
const lineTables = 'reservation_line l left join shortage s on s.line_id = l.id and s.company_id = l.company_id';

const asLine = (row: LineRow): Line => ({
  id: row.id, reservationId: row.reservation_id, eventId: row.event_id, equipmentId: row.equipment_id, kitId: row.kit_id, quantity: row.quantity,
  askedFrom: row.asked_from, askedTo: row.asked_to, from: row.from_ms, to: row.to_ms, status: row.status, delivered: row.delivered, returned: row.returned,
  damaged: row.damaged, missing: row.missing, outSince: row.out_since, decidedSeq: row.decided_seq, decidedAt: row.decided_ms, short: row.short,
});
const asHeld = (row: HeldRow, lines: readonly Line[]): Held => ({
  id: row.id, companyId: row.company_id, eventId: row.event_id, version: row.version, revision: row.revision, status: row.status, lines, refusedLines: row.refused_lines,
  shortages: row.shortages, requestedBy: row.requested_by, decidedAt: row.decided_ms, createdAt: row.created_ms, updatedAt: row.updated_ms,
});

// "offset 0" fences each look-up into its index: joined, the planner would rather read a whole table for a batch.
const some = {
  name: 'reservations',
  text: `select found.* from unnest($2::uuid[]) as a (id)
    cross join lateral (select ${heldColumns} from reservation r where r.id = a.id and r.company_id in (select unnest($1::uuid[])) offset 0) found`,
};
const theirLines = {
  name: 'reservation-lines',
  text: `select found.* from unnest($2::uuid[]) as a (id) cross join lateral (
    select ${lineColumns} from ${lineTables} where l.reservation_id = a.id and l.company_id in (select unnest($1::uuid[])) offset 0) found order by found.decided_seq, found.id`,
};

/** Reservations by id, whole. @param companyIds the transaction's own unless said */
export async function reservationsOf(tx: Tx, ids: readonly string[], companyIds: readonly string[] = [tx.companyId]): Promise<Map<string, Held>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<HeldRow>(some, [companyIds, ids]);
  if (rows.length === 0) return new Map();
  const lines = Map.groupBy((await tx.query<LineRow>(theirLines, [companyIds, rows.map(({ id }) => id)])).map(asLine), ({ reservationId }) => reservationId);
  return new Map(rows.map((row) => [row.id, asHeld(row, lines.get(row.id) ?? [])]));
}

const ofEquipment = {
  name: 'lines-of-equipment',
  text: `select ${lineColumns} from ${lineTables} where l.company_id = $1 and l.equipment_id in (select unnest($2::uuid[]))
    and ((l.status in ('reserved', 'delivered') and l.ends_at > $3) or l.delivered > l.returned + l.missing or s.short > 0)`,
};

/** Lines that are promised from `now` on, or out. */
export async function openLinesOf(tx: Tx, companyId: string, equipmentIds: readonly string[], now: Date): Promise<Line[]> {
  return (await tx.query<LineRow>(ofEquipment, [companyId, equipmentIds, now])).map(asLine);
}

/** By its reservations: an index of its own cost each new line more than it spared who asks. */
const ofEvents = {
  name: 'lines-of-events',
  text: `select found.* from unnest($1::uuid[], $2::uuid[]) as a (company_id, id)
    cross join lateral (select r.id from reservation r where r.company_id = a.company_id and r.event_id = a.id offset 0) r
    cross join lateral (
      select ${lineColumns} from ${lineTables} where l.reservation_id = r.id and l.company_id = a.company_id and l.status in ('reserved', 'delivered') offset 0) found`,
};

/** What events are promised, of any equipment and by any reservation. */
export async function promisedLines(tx: Tx, events: readonly { readonly companyId: string; readonly eventId: string }[]): Promise<Line[]> {
  const once = [...new Map(events.map((one) => [`${one.companyId} ${one.eventId}`, one])).values()];
  return (await tx.query<LineRow>(ofEvents, [uuids(once.map(({ companyId }) => companyId)), uuids(once.map(({ eventId }) => eventId))])).map(asLine);
}

const saveMoves = {
  name: 'lines-moved',
  text: `update reservation_line l set status = m.status, delivered = m.delivered, returned = m.returned, damaged = m.damaged, missing = m.missing, out_since = m.out_since
    from unnest($2::uuid[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[], $8::timestamptz[])
      as m (id, status, delivered, returned, damaged, missing, out_since) where l.company_id = $1 and l.id = m.id`,
};
const saveHeld = { name: 'reservation-moved', text: 'update reservation set version = $3, status = $4, updated_at = $5 where company_id = $1 and id = $2' };

/** Writes what handing out and taking back changed. */
export async function saveHandover(tx: Tx, { companyId, id, version, status, lines }: Held): Promise<void> {
  await tx.query(saveMoves, [
    companyId, lines.map((line) => line.id), lines.map((line) => line.status), lines.map(({ delivered }) => delivered), lines.map(({ returned }) => returned),
    lines.map(({ damaged }) => damaged), lines.map(({ missing }) => missing), lines.map(({ outSince }) => (outSince === null ? null : new Date(outSince).toISOString())),
  ]);
  await tx.query(saveHeld, [companyId, id, version, status, tx.now]);
}

export interface ReservationFilter {
  readonly limit?: number | undefined; readonly cursor?: string | undefined; readonly sort?: '-createdAt' | 'createdAt' | undefined;
  readonly eventId?: string | undefined; readonly equipmentId?: string | undefined; readonly status?: string | undefined;
  readonly from?: string | undefined; readonly to?: string | undefined; readonly late?: boolean | undefined;
}

/** One page of reservations, whole. */
export async function listReservations(
  tx: Tx, { limit, cursor, sort = '-createdAt', eventId, equipmentId, status, from, to, late }: ReservationFilter,
): Promise<Rows<Held> | Refusal<'request.cursor-invalid'>> {
  const line = (condition: string) => `exists (select 1 from reservation_line l where l.company_id = r.company_id and l.reservation_id = r.id and ${condition})`;
  const where: (readonly [string, ...unknown[]])[] = [['r.company_id = ?', tx.companyId]];
  if (eventId !== undefined) where.push(['r.event_id = ?', eventId]);
  if (status !== undefined) where.push(['r.status = ?', status]);
  if (equipmentId !== undefined) where.push([line('l.equipment_id = ?'), equipmentId]);
  if (from !== undefined || to !== undefined) where.push([line('l.asked_to > ? and l.asked_from < ?'), from ?? '-infinity', to ?? 'infinity']);
  // From the small index of what is out, not from all reservations there ever were.
  if (late !== undefined) {
    where.push([`r.id ${late ? '' : 'not '}in (select l.reservation_id from reservation_line l
      where l.company_id = ? and l.delivered > l.returned + l.missing and l.asked_to <= ?)`, tx.companyId, tx.now]);
  }
  const page = await listRows<{ id: string }>(tx, {
    columns: 'r.id', from: 'reservation r', where,
    sort: { column: 'r.created_at', type: 'timestamptz', descending: sort === '-createdAt' }, limit, cursor, idColumn: 'r.id',
  });
  if (!('rows' in page)) return page;
  const held = await reservationsOf(tx, page.rows.map(({ id }) => id));
  return { rows: page.rows.map(({ id }) => held.get(id)!), nextCursor: page.nextCursor };
}
