/** Requests, their desired lines, and the mirror of inventory's reservations. */
import type { Heard } from '@regie/bus';
import { isRefusal, projector, Reservation, type Refusal } from '@regie/contracts';
import { ints, listRows, mirror, uuids, type Beginning, type Tx } from '@regie/store';
import type { OtherLine } from './acceptance.ts';
import type { Line } from './lines.ts';
import { isUndecided, type KeptRequest } from './request.ts';

interface Row {
  id: string; event_id: string; revision: number; decided: number; requested_by: string | null; created_at: Date; updated_at: Date;
  allow_partial: boolean; settlement_id: string; sequence: number; out: number; state: Reservation | null;
}
/** Something of a company, by its id. */
export interface Named { readonly companyId: string; readonly id: string }
interface LineRow { request_id: string; id: string; equipment_id: string; kit_id: string | null; quantity: number; from_at: Date; to_at: Date; moves: boolean }

const columns = `r.id, r.event_id, r.revision, r.decided, r.requested_by, r.created_at, r.updated_at, v.allow_partial, v.settlement_id,
  coalesce(m.sequence, 0) as sequence, coalesce(m.out, 0) as out, m.state`;
const from = `request r join request_revision v on v.company_id = r.company_id and v.request_id = r.id and v.revision = r.revision
  left join reservation m on m.company_id = r.company_id and m.id = r.id`;

const toLine = ({ id, equipment_id, kit_id, quantity, from_at, to_at, moves }: LineRow): Line =>
  ({ id, equipmentId: equipment_id, kitId: kit_id, quantity, from: from_at.toISOString(), to: to_at.toISOString(), moves });

const toKept = (row: Row, lines: readonly LineRow[] = []): KeptRequest => ({
  id: row.id, eventId: row.event_id, revision: row.revision, decided: row.decided, allowPartial: row.allow_partial, settlementId: row.settlement_id, requestedBy: row.requested_by,
  createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(), sequence: row.sequence, out: row.out, state: row.state, lines: accepted(lines.map(toLine), row),
});

/** Without the lines that a partly accepted request was refused: they are not there to be moved or changed. */
function accepted(lines: readonly Line[], { revision, decided, state }: Row): readonly Line[] {
  if (isUndecided({ revision, decided })) return lines;
  const refused = new Set(state?.lines.flatMap(({ id, status }) => (status === 'rejected' || status === 'cancelled' ? [id] : [])));
  return lines.filter(({ id }) => !refused.has(id));
}

/** The rows with the lines that count now. */
async function withLines(tx: Beginning, companyIds: readonly string[], rows: readonly Row[]): Promise<KeptRequest[]> {
  if (rows.length === 0) return [];
  const lines = await tx.query<LineRow>({
    name: 'request-lines',
    text: `select l.request_id, l.id, l.equipment_id, l.kit_id, l.quantity, l.from_at, l.to_at, l.moves
      from request r join request_line l on l.company_id = r.company_id and l.request_id = r.id and l.revision = r.in_force
      where r.company_id in (select unnest($1::uuid[])) and r.id in (select unnest($2::uuid[])) order by l.request_id, l.position`,
  }, [companyIds, rows.map(({ id }) => id)]);
  const byRequest = Map.groupBy(lines, ({ request_id }) => request_id);
  return rows.map((row) => toKept(row, byRequest.get(row.id)));
}

/** One request of an event. @param lock lets one change of it after another */
export async function readRequest(tx: Tx, eventId: string, id: string, lock = false): Promise<KeptRequest | undefined> {
  if (lock) await tx.query('select 1 from request where company_id = $1 and event_id = $2 and id = $3 for no key update', [tx.companyId, eventId, id]);
  const rows = await tx.query<Row>(
    { name: 'request-one', text: `select ${columns} from ${from} where r.company_id = $1 and r.event_id = $2 and r.id = $3` }, [tx.companyId, eventId, id]);
  return (await withLines(tx, [tx.companyId], rows))[0];
}

/**
 * What settlements are about, by the settlement's id; not those of new dates, which are about many.
 * Where inventory's state of a decided one is there it is shown as it is: such a request comes without its lines.
 * @param told states that were heard just now, by the reservation: the same is not read back
 */
export async function requestsOfSettlements(
  tx: Beginning, settlements: readonly (Named & { readonly reservationId?: string })[], told: ReadonlyMap<string, Mirrored> = new Map(),
): Promise<Map<string, KeptRequest>> {
  const toldOf = ({ reservationId }: { readonly reservationId?: string }) => (reservationId === undefined ? undefined : told.get(reservationId));
  const read = await tx.query<Row & { of_settlement: string; is_told: boolean }>({
    name: 'request-of-settlements',
    text: `select a.id as of_settlement, coalesce(r.sequence = a.told, false) as is_told, r.*
        from unnest($1::uuid[], $2::uuid[], $3::int[]) a (company_id, id, told) cross join lateral (
        select ${columns.replace('m.state', 'case when m.sequence = a.told then null else m.state end as state')} from settlement s
          join request_revision sv on sv.company_id = s.company_id and sv.settlement_id = s.id
          join ${from.replace('request r', 'request r on r.company_id = sv.company_id and r.id = sv.request_id')}
        where s.company_id = a.company_id and s.id = a.id and s.kind <> 'dates' offset 0) r`,
  }, [uuids(settlements.map(({ companyId }) => companyId)), uuids(settlements.map(({ id }) => id)), ints(settlements.map((one) => toldOf(one)?.sequence ?? null))]);
  const rows = read.map((row) => (row.is_told ? { ...row, state: told.get(row.id)!.state } : row));
  const asAsked = rows.filter((row) => row.state === null || isUndecided(row));
  const known = new Map((await withLines(tx, settlements.map(({ companyId }) => companyId), asAsked)).map((request) => [request.id, request]));
  return new Map(rows.map((row) => [row.of_settlement, known.get(row.id) ?? toKept(row)]));
}

/** The event's reservations that are undecided, promised or handed out, oldest first. @param lock lets one change of them after another */
export async function liveRequests(tx: Tx, eventId: string, lock = false): Promise<KeptRequest[]> {
  const live = `r.company_id = $1 and r.event_id = $2 and (r.decided < r.revision or m.status in ('reserved', 'delivered'))`;
  // Locked in one order, and read after the wait: a decision may have come in it.
  if (lock) await tx.query(`select 1 from request r where r.company_id = $1 and r.event_id = $2 order by r.id for no key update`, [tx.companyId, eventId]);
  return withLines(tx, [tx.companyId], await tx.query<Row>(`select ${columns} from ${from} where ${live} order by r.created_at, r.id`, [tx.companyId, eventId]));
}

/** Lines of the event's other reservations that want or have the same equipment. @param except a request that is being changed */
export async function linesOfSameEquipment(tx: Tx, eventId: string, equipmentIds: readonly string[], except?: string): Promise<OtherLine[]> {
  const [lines] = await linesInEvents(tx, [{ companyId: tx.companyId, eventId, equipmentIds }]);
  return lines!.filter(({ requestId }) => requestId !== except);
}

/** The same for events of several companies. @returns a list for each event */
export async function linesInEvents(
  tx: Beginning, events: readonly { readonly companyId: string; readonly eventId: string; readonly equipmentIds: readonly string[] }[],
): Promise<OtherLine[][]> {
  const wanted = events.flatMap(({ companyId, eventId, equipmentIds }, place) => equipmentIds.map((equipmentId) => ({ place, companyId, eventId, equipmentId })));
  // Fenced: whatever the planner thinks of the lists, each line is found by its index.
  const rows = await tx.query<LineRow & { place: number }>({
    name: 'request-same-equipment',
    text: `select w.place, l.* from unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[]) w (place, company_id, event_id, equipment_id) cross join lateral (
        select l.request_id, l.id, l.equipment_id, l.kit_id, l.quantity, l.from_at, l.to_at, l.moves, l.position
        from request_line l join request r on r.company_id = l.company_id and r.id = l.request_id and r.in_force = l.revision
        left join reservation m on m.company_id = r.company_id and m.id = r.id
        where l.company_id = w.company_id and l.event_id = w.event_id and l.equipment_id = w.equipment_id
          and (r.decided < r.revision or m.status in ('reserved', 'delivered')
            and not exists (select from jsonb_to_recordset(m.state -> 'lines') s (id uuid, status text) where s.id = l.id and s.status in ('rejected', 'cancelled', 'returned')))
        offset 0) l
      order by l.request_id, l.position`,
  }, [
    ints(wanted.map(({ place }) => place)), uuids(wanted.map(({ companyId }) => companyId)),
    uuids(wanted.map(({ eventId }) => eventId)), uuids(wanted.map(({ equipmentId }) => equipmentId)),
  ]);
  const lines = events.map((): OtherLine[] => []);
  for (const row of rows) lines[row.place]!.push({ ...toLine(row), requestId: row.request_id });
  return lines;
}

/** The requests of each event that are not decided, oldest first: their ids. */
export async function undecidedInEvents(tx: Beginning, events: readonly { readonly companyId: string; readonly eventId: string }[]): Promise<string[][]> {
  const rows = await tx.query<{ place: number; id: string }>({
    name: 'request-undecided-many',
    text: `select w.place, r.id from unnest($1::uuid[], $2::uuid[]) with ordinality w (company_id, event_id, place) cross join lateral (
        select id, created_at from request r where r.company_id = w.company_id and r.event_id = w.event_id and r.decided < r.revision offset 0) r
      order by r.created_at, r.id`,
  }, [uuids(events.map(({ companyId }) => companyId)), uuids(events.map(({ eventId }) => eventId))]);
  const ids = events.map((): string[] => []);
  for (const { place, id } of rows) ids[place - 1]!.push(id);
  return ids;
}

/** One page of an event's requests. */
export async function listOfRequests(
  tx: Tx, eventId: string,
  { limit, cursor, sort = '-createdAt' }: { limit?: number | undefined; cursor?: string | undefined; sort?: '-createdAt' | 'createdAt' | undefined },
): Promise<{ requests: KeptRequest[]; nextCursor: string | null } | Refusal<'request.cursor-invalid'>> {
  const page = await listRows<Row>(tx, {
    columns, from, where: [['r.company_id = ?', tx.companyId], ['r.event_id = ?', eventId]], limit, cursor, idColumn: 'r.id',
    sort: { column: 'r.created_at', type: 'timestamptz', descending: sort === '-createdAt' },
  });
  return isRefusal(page) ? page : { requests: await withLines(tx, [tx.companyId], page.rows), nextCursor: page.nextCursor };
}

const shown = projector(Reservation) as (data: unknown) => Reservation;

/** A reservation as inventory told it, and how new that is. */
export interface Mirrored { readonly state: Reservation; readonly sequence: number }

/** What messages tell of reservations; of several about one the newest. */
export function toldIn(messages: readonly Heard[]): ReadonlyMap<string, Mirrored> {
  const newest = new Map<string, Heard>();
  for (const message of messages) if (!(Number(newest.get(message.subject)?.sequence) >= Number(message.sequence))) newest.set(message.subject, message);
  return new Map([...newest].map(([id, { data, sequence }]) => [id, { state: shown(data), sequence: Number(sequence) }]));
}

/** Keeps what inventory tells of its reservations: newer wins, whatever the order it comes in. @param told what the messages tell */
export function mirrorReservations(tx: Beginning, messages: readonly Heard[], told: ReadonlyMap<string, Mirrored>): Promise<ReadonlySet<string>> {
  return mirror(tx, 'reservation', { event_id: 'uuid', status: 'text', out: 'int', state: 'jsonb' }, messages, ({ subject }) => {
    const { state } = told.get(subject)!;
    return {
      event_id: state.eventId, status: state.status,
      out: state.lines.reduce((out, { delivered, returned, missing }) => out + delivered - returned - missing, 0), state: JSON.stringify(state),
    };
  });
}
