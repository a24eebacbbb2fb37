/** Rows of who is short, and of when time alone changes it. */
import type { Tx } from '@regie/store';

export interface ShortRow { readonly lineId: string; readonly equipmentId: string; readonly reservationId: string; readonly eventId: string; readonly quantity: number }

/** Writes who is short now, and forgets who is not any more. `since` stays when only the number changed. */
export async function saveShortages(tx: Tx, companyId: string, changed: readonly ShortRow[]): Promise<void> {
  const over = changed.filter(({ quantity }) => quantity === 0);
  const short = changed.filter(({ quantity }) => quantity > 0);
  if (over.length > 0) await tx.query('delete from shortage where company_id = $1 and line_id = any($2::uuid[])', [companyId, over.map(({ lineId }) => lineId)]);
  if (short.length === 0) return;
  await tx.query(`insert into shortage (line_id, company_id, equipment_id, reservation_id, event_id, short, since)
    select line_id, $1, equipment_id, reservation_id, event_id, short, $7
      from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::int[]) as s (line_id, equipment_id, reservation_id, event_id, short)
    on conflict (line_id) do update set short = excluded.short`,
  [
    companyId, short.map(({ lineId }) => lineId), short.map(({ equipmentId }) => equipmentId),
    short.map(({ reservationId }) => reservationId), short.map(({ eventId }) => eventId), short.map(({ quantity }) => quantity), tx.now,
  ]);
}

/** Which of these have somebody short. */
export async function equipmentShort(
  tx: Tx, companyIds: readonly string[], equipmentIds: readonly string[],
): Promise<{ companyId: string; equipmentId: string }[]> {
  if (equipmentIds.length === 0) return [];
  const rows = await tx.query<{ company_id: string; equipment_id: string }>(
    {
      name: 'equipment-short',
      text: 'select distinct company_id, equipment_id from shortage where company_id in (select unnest($1::uuid[])) and equipment_id in (select unnest($2::uuid[]))',
    },
    [companyIds, equipmentIds]);
  return rows.map(({ company_id, equipment_id }) => ({ companyId: company_id, equipmentId: equipment_id }));
}

/** Who of an equipment is short in a period. @param to null: open */
export async function shortIn(tx: Tx, equipmentId: string, from: Date, to: Date | null): Promise<{ reservationId: string; lineId: string; eventId: string; short: number }[]> {
  const rows = await tx.query<{ reservation_id: string; line_id: string; event_id: string; short: number }>(
    `select s.reservation_id, s.line_id, s.event_id, s.short from shortage s join reservation_line l on l.id = s.line_id and l.company_id = s.company_id
     where s.company_id = $1 and s.equipment_id = $2 and l.ends_at > $3 and l.starts_at < $4
       order by l.starts_at, l.id limit 500`, [tx.companyId, equipmentId, from, to ?? 'infinity']);
  return rows.map(({ reservation_id, line_id, event_id, short }) => ({ reservationId: reservation_id, lineId: line_id, eventId: event_id, short }));
}

/** Raises the version of reservations about which something is told. */
export async function raiseVersions(tx: Tx, companyId: string, reservationIds: readonly string[]): Promise<void> {
  await tx.query('update reservation set version = version + 1, updated_at = $3 where company_id = $1 and id = any($2::uuid[])', [companyId, reservationIds, tx.now]);
}

export interface Due {
  readonly companyId: string; readonly at: number; readonly equipmentId: string;
  /** Whose lines may be late, or over, then. */ readonly reservationId: string | null;
}

/** Asks for another look at an equipment at an instant. Asking twice does no harm. */
export async function lookAgain(tx: Tx, dues: readonly Due[]): Promise<void> {
  if (dues.length === 0) return;
  await tx.query({
    name: 'due-add',
    text: 'insert into due (company_id, due_at, equipment_id, reservation_id) select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[])',
  }, [
    dues.map(({ companyId }) => companyId), dues.map(({ at }) => new Date(at).toISOString()),
    dues.map(({ equipmentId }) => equipmentId), dues.map(({ reservationId }) => reservationId),
  ]);
}

/** Takes what is due of the transaction's company. Its partition is locked: no other replica looks at the same. */
export async function takeDue(tx: Tx): Promise<Due[]> {
  const rows = await tx.query<{ due_at: Date; equipment_id: string; reservation_id: string | null }>(
    'delete from due where company_id = $1 and due_at <= $2 returning due_at, equipment_id, reservation_id', [tx.companyId, tx.now]);
  return rows.map(({ due_at, equipment_id, reservation_id }) => ({ companyId: tx.companyId, at: due_at.getTime(), equipmentId: equipment_id, reservationId: reservation_id }));
}
