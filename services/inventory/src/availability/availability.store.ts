/** What is taken, read from the rows: one statement for any number of windows. */
import { instants, uuids, type Tx } from '@regie/store';
import { takenByLine, takenByLoss, takenByMaintenance, type AskedLine, type Taken } from './taken.ts';
import { mergeWindows, type Window } from './windows.ts';

interface TakenRow {
  kind: 'line' | 'maintenance' | 'loss';
  id: string; reservation_id: string; event_id: string; equipment_id: string; status: string;
  quantity: number; delivered: number; returned: number; missing: number;
  from_ms: number; to_ms: number | null; asked_from_ms: number; asked_to_ms: number; out_since_ms: number | null;
}

// A double, where extract() would compute a numeric for every row; the last digits are rounded here.
const ms = (column: string): string => `date_part('epoch', ${column}) * 1000`;
const whole = (at: number | null): number | null => (at === null ? null : Math.round(at));
const lineColumns = `'line' as kind, l.id, l.reservation_id, l.event_id, l.equipment_id, l.status, l.quantity, l.delivered, l.returned, l.missing,
  ${ms('l.starts_at')} as from_ms, ${ms('l.ends_at')} as to_ms, ${ms('l.asked_from')} as asked_from_ms, ${ms('l.asked_to')} as asked_to_ms, ${ms('l.out_since')} as out_since_ms`;
const other = (kind: string, from: string, to: string): string =>
  `'${kind}', x.id, null::uuid, null::uuid, x.equipment_id, null::text, x.quantity, 0, 0, 0, ${ms(from)}, ${to}, null::float8, null::float8, null::float8`;

/**
 * "offset 0" fences each look-up: without it the planner, after an analyze, joins the whole table instead (five times slower at a million lines).
 * Lines of at most 14 days are found by their start, longer ones in an index of their own, pieces that are out whatever their dates.
 */
const read = {
  name: 'taken-in-windows',
  text: `
    with asked as materialized (select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) as t (company_id, equipment_id, starts, ends)),
    equipment_asked as materialized (select distinct company_id, equipment_id from asked)
    select found.* from asked a cross join lateral (
      select ${lineColumns} from reservation_line l
      where l.company_id = a.company_id and l.equipment_id = a.equipment_id and l.status in ('reserved', 'delivered')
        and l.starts_at < a.ends and l.starts_at > a.starts - interval '336 hours' and l.ends_at > a.starts offset 0) found
    union all select found.* from asked a cross join lateral (
      select ${lineColumns} from reservation_line l
      where l.company_id = a.company_id and l.equipment_id = a.equipment_id and l.status in ('reserved', 'delivered') and l.ends_at - l.starts_at > interval '336 hours'
        and l.starts_at < a.ends and l.ends_at > a.starts offset 0) found
    union all select found.* from equipment_asked a cross join lateral (
      select ${lineColumns} from reservation_line l
      where l.company_id = a.company_id and l.equipment_id = a.equipment_id and l.delivered > l.returned + l.missing offset 0) found
    union all select found.* from equipment_asked a cross join lateral (
      select ${other('maintenance', 'x.starts_at', ms('x.expected_end_at'))} from maintenance x
      where x.company_id = a.company_id and x.equipment_id = a.equipment_id and x.status in ('pending', 'in_progress') offset 0) found
    union all select found.* from equipment_asked a cross join lateral (
      select ${other('loss', 'x.lost_at', 'null::float8')} from loss x
      where x.company_id = a.company_id and x.equipment_id = a.equipment_id and x.status = 'open' offset 0) found`,
};

const asLine = (row: TakenRow): AskedLine => ({
  id: row.id, reservationId: row.reservation_id, eventId: row.event_id, status: row.status,
  quantity: row.quantity, delivered: row.delivered, returned: row.returned, missing: row.missing,
  from: Math.round(row.from_ms), to: Math.round(row.to_ms!), askedFrom: Math.round(row.asked_from_ms), askedTo: Math.round(row.asked_to_ms), outSince: whole(row.out_since_ms),
});

const asOutOfService = (row: TakenRow, now: number): Taken =>
  (row.kind === 'loss' ? takenByLoss({ id: row.id, lostAt: Math.round(row.from_ms), quantity: row.quantity })
    : takenByMaintenance({ id: row.id, startsAt: Math.round(row.from_ms), expectedEndAt: whole(row.to_ms), quantity: row.quantity }, now));

/** What takes pieces of one equipment: lines as they are, repairs and losses as seen at an instant. */
export interface Taking { readonly lines: AskedLine[]; readonly outOfService: Taken[] }

/**
 * What takes pieces of each equipment in its windows, and what is out, in repair or lost, as seen at `now` (milliseconds since 1970).
 * @returns for every equipment asked about, at least empty lists; what lies outside the windows may be missing
 */
export async function takingIn(tx: Tx, windows: readonly Window[], now: number): Promise<Map<string, Taking>> {
  const taking = new Map<string, Taking>(windows.map(({ equipmentId }) => [equipmentId, { lines: [], outOfService: [] }]));
  if (windows.length === 0) return taking;
  const merged = mergeWindows(windows);
  const rows = await tx.query<TakenRow>(read, [
    uuids(merged.map(({ companyId }) => companyId)), uuids(merged.map(({ equipmentId }) => equipmentId)),
    instants(merged.map(({ from }) => from)), instants(merged.map(({ to }) => to)),
  ]);
  // A long line, one that is out, or one across two windows comes more than once.
  const seen = new Set<string>();
  for (const row of rows) {
    if (seen.has(row.id)) continue;
    seen.add(row.id);
    const { lines, outOfService } = taking.get(row.equipment_id)!;
    if (row.kind === 'line') lines.push(asLine(row));
    else outOfService.push(asOutOfService(row, now));
  }
  return taking;
}

/** The same, each with what it takes from when until when. */
export async function takenIn(tx: Tx, windows: readonly Window[], now: number): Promise<Map<string, Taken[]>> {
  const taking = await takingIn(tx, windows, now);
  return new Map([...taking].map(([equipmentId, { lines, outOfService }]) => [equipmentId, [...lines.flatMap((line) => takenByLine(line, now)), ...outOfService]]));
}

/** The same for one equipment or more of the transaction's company over one period. */
export const takenOver = (tx: Tx, equipmentIds: readonly string[], from: number, to: number): Promise<Map<string, Taken[]>> =>
  takenIn(tx, equipmentIds.map((equipmentId) => ({ companyId: tx.companyId, equipmentId, from, to })), tx.now.getTime());
