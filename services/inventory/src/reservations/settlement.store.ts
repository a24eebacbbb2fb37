/** Orders, read and written a batch at a time. */
import { bigints, instants, ints, texts, uuids, type Tx } from '@regie/store';
import { takenIn } from '../availability/availability.store.ts';
import { outOf } from '../availability/taken.ts';
import { asStock, stockColumns, stockOf, type StockRow } from '../availability/stock.store.ts';
import { namesOf } from '../event-names/event-name.store.ts';
import type { Stock } from '../availability/stock.ts';
import type { Window } from '../availability/windows.ts';
import { placesOf } from './partition.store.ts';
import { promisedLines, reservationsOf } from './reservation.store.ts';
import type { Held, Line } from './reservation.ts';
import type { Decision, Order } from './settlement.ts';
import { decisionKey, openWorld, type World } from './world.ts';

export interface NamedOrder extends Order { readonly eventName: string }

const decided = {
  name: 'decisions-made',
  text: `select found.* from unnest($2::uuid[]) as a (id) cross join lateral (
    select d.reservation_id, d.revision from decision d where d.reservation_id = a.id and d.company_id in (select unnest($1::uuid[])) offset 0) found`,
};

/** What is asked for by id: orders decided before, their reservations, stock, and what the events are promised already. */
export interface Found {
  readonly decided: readonly { readonly reservation_id: string; readonly revision: number }[];
  readonly reservations: ReadonlyMap<string, Held>;
  readonly stock: ReadonlyMap<string, Stock>;
  readonly eventLines: readonly Line[];
}

/** Asks behind the companies' locks: called once those were asked for, it needs not wait for the answer. */
export async function readBatch(tx: Tx, orders: readonly NamedOrder[], companyIds: readonly string[]): Promise<Found> {
  const reservationIds = [...new Set(orders.flatMap(({ reservations }) => reservations.map(({ id }) => id)))];
  const [before, stock, eventLines, reservations] = await Promise.all([
    tx.query<Found['decided'][number]>(decided, [uuids(companyIds), uuids(reservationIds)]),
    stockOf(tx, orders.flatMap((order) => order.reservations.flatMap(({ lines }) => lines.map(({ equipmentId }) => equipmentId))), companyIds),
    promisedLines(tx, companyIds, orders.map(({ eventId }) => eventId)),
    reservationsOf(tx, reservationIds, companyIds),
  ]);
  return { decided: before, stock, eventLines, reservations };
}

/** Everything a batch is decided against. The companies' locks are held already: what is read here stays true until the commit. */
export async function readWorld(tx: Tx, orders: readonly NamedOrder[], versions: ReadonlyMap<string, number>, { decided: before, reservations, stock, eventLines }: Found): Promise<World> {
  const now = tx.now.getTime();
  const out = new Set([...reservations.values()].flatMap(({ lines }) => lines.filter((line) => outOf(line) > 0).map(({ id }) => id)));
  const windows: Window[] = [];
  for (const { companyId, reservations: desired } of orders) {
    for (const { id, equipmentId, from, to } of desired.flatMap(({ lines }) => lines)) {
      const known = stock.get(equipmentId);
      if (known?.companyId !== companyId) continue;
      const begins = Date.parse(from) - known.prepMs;
      // What is out is taken from now on, however late its period is to begin.
      windows.push({ companyId, equipmentId, from: out.has(id) ? Math.min(begins, now) : begins, to: Date.parse(to) + known.turnaroundMs });
    }
  }
  return openWorld({
    now, stock: stock.values(), taken: await takenIn(tx, windows, now), reservations: reservations.values(), eventLines,
    decided: before.map(({ reservation_id, revision }) => decisionKey(reservation_id, revision)), eventNames: new Map(orders.map(({ eventId, eventName }) => [eventId, eventName])), place: placesOf(versions),
  });
}

const candidates = {
  name: 'alternative-candidates',
  text: `select g.place, found.* from unnest($1::int[], $2::uuid[], $3::text[], $4::text[], $5::int[]) as g (place, company_id, category, subcategory, quantity) cross join lateral (
    select ${stockColumns} from equipment e where e.company_id = g.company_id and e.category = g.category and e.archived_at is null and e.quantity_total >= g.quantity
    order by (e.subcategory is not distinct from g.subcategory) desc, e.created_at, e.id limit 40) found`,
};

/** Equipment of the same category, of the same subcategory first, with enough pieces at all. @returns one list per wish */
export async function candidatesFor(tx: Tx, wishes: readonly { stock: Stock; quantity: number }[]): Promise<Stock[][]> {
  const rows = await tx.query<StockRow & { place: number }>(candidates, [
    wishes.map((_, place) => place), wishes.map(({ stock }) => stock.companyId), wishes.map(({ stock }) => stock.category), wishes.map(({ stock }) => stock.subcategory), wishes.map(({ quantity }) => quantity),
  ]);
  const found = wishes.map((): Stock[] => []);
  for (const row of rows) found[row.place]!.push(asStock(row));
  return found;
}

const write = {
  name: 'decisions-written',
  text: `
    with names as (
      insert into event_name (id, company_id, sequence, name) select id, company_id, 0, name from unnest($1::uuid[], $2::uuid[], $3::text[]) as n (id, company_id, name) on conflict (id) do nothing),
    kept as (
      insert into reservation (id, company_id, version, event_id, revision, status, refused_lines, shortages, requested_by, decided_at, created_at, updated_at)
      select id, company_id, version, event_id, revision, status, refused_lines::jsonb, shortages::jsonb, requested_by, decided_at, created_at, updated_at
      from unnest($4::uuid[], $5::uuid[], $6::int[], $7::uuid[], $8::int[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[])
        as r (id, company_id, version, event_id, revision, status, refused_lines, shortages, requested_by, decided_at, created_at, updated_at)
      on conflict (id) do update set version = excluded.version, revision = excluded.revision, status = excluded.status, refused_lines = excluded.refused_lines, decided_at = excluded.decided_at,
        updated_at = excluded.updated_at, shortages = excluded.shortages),
    made as (
      insert into decision (reservation_id, revision, company_id, settlement_id, outcome, decided_at) select * from unnest($16::uuid[], $17::int[], $18::uuid[], $19::uuid[], $20::text[], $21::timestamptz[])),
    eased as (delete from shortage where line_id in (select unnest($22::uuid[]))),
    gone as (delete from reservation_line where id in (select unnest($22::uuid[])))
    insert into reservation_line (id, company_id, reservation_id, event_id, equipment_id, kit_id, quantity, asked_from, asked_to, starts_at, ends_at, status, delivered, returned, damaged, missing, out_since, decided_seq, decided_at)
    select * from unnest($23::uuid[], $24::uuid[], $25::uuid[], $26::uuid[], $27::uuid[], $28::uuid[], $29::int[], $30::timestamptz[], $31::timestamptz[], $32::timestamptz[], $33::timestamptz[],
      $34::text[], $35::int[], $36::int[], $37::int[], $38::int[], $39::timestamptz[], $40::bigint[], $41::timestamptz[])
    on conflict (id) do update set equipment_id = excluded.equipment_id, kit_id = excluded.kit_id, quantity = excluded.quantity, asked_from = excluded.asked_from, asked_to = excluded.asked_to,
      starts_at = excluded.starts_at, ends_at = excluded.ends_at, status = excluded.status, decided_seq = excluded.decided_seq, decided_at = excluded.decided_at`,
};

const json = (values: readonly unknown[]): Buffer => texts(values.map((value) => JSON.stringify(value)));

/** What a batch changes in the rows: the last state of each reservation, and of its lines those that differ from the first. */
export interface Written { readonly reservations: readonly Held[]; readonly gone: readonly Line[]; readonly saved: readonly Line[] }

/** One statement for the whole batch. */
export async function writeDecisions(tx: Tx, decisions: readonly Decision<NamedOrder>[], { reservations, gone, saved }: Written): Promise<void> {
  const names = [...new Map(decisions.map(({ order }) => [order.eventId, order])).values()];
  const companyOf = new Map(reservations.map(({ id, companyId }) => [id, companyId]));
  const now = tx.now.getTime();
  await tx.query(write, [
    uuids(names.map(({ eventId }) => eventId)), uuids(names.map(({ companyId }) => companyId)), texts(names.map(({ eventName }) => eventName)),
    uuids(reservations.map(({ id }) => id)), uuids(reservations.map(({ companyId }) => companyId)), ints(reservations.map(({ version }) => version)), uuids(reservations.map(({ eventId }) => eventId)),
    ints(reservations.map(({ revision }) => revision)), texts(reservations.map(({ status }) => status)), json(reservations.map(({ refusedLines }) => refusedLines)), json(reservations.map(({ shortages }) => shortages)),
    uuids(reservations.map(({ requestedBy }) => requestedBy)),
    instants(reservations.map(({ decidedAt }) => decidedAt)), instants(reservations.map(({ createdAt }) => createdAt)), instants(reservations.map(({ updatedAt }) => updatedAt)),
    uuids(decisions.map(({ after }) => after.id)), ints(decisions.map(({ revision }) => revision)), uuids(decisions.map(({ order }) => order.companyId)), uuids(decisions.map(({ order }) => order.settlementId)),
    texts(decisions.map(({ outcome }) => outcome)), instants(decisions.map(() => now)),
    uuids(gone.map(({ id }) => id)),
    uuids(saved.map(({ id }) => id)), uuids(saved.map(({ reservationId }) => companyOf.get(reservationId)!)), uuids(saved.map(({ reservationId }) => reservationId)), uuids(saved.map(({ eventId }) => eventId)),
    uuids(saved.map(({ equipmentId }) => equipmentId)), uuids(saved.map(({ kitId }) => kitId)), ints(saved.map(({ quantity }) => quantity)),
    instants(saved.map(({ askedFrom }) => askedFrom)), instants(saved.map(({ askedTo }) => askedTo)), instants(saved.map(({ from }) => from)), instants(saved.map(({ to }) => to)),
    texts(saved.map(({ status }) => status)), ints(saved.map(({ delivered }) => delivered)), ints(saved.map(({ returned }) => returned)), ints(saved.map(({ damaged }) => damaged)), ints(saved.map(({ missing }) => missing)),
    instants(saved.map(({ outSince }) => outSince)), bigints(saved.map(({ decidedSeq }) => decidedSeq)), instants(saved.map(({ decidedAt }) => decidedAt)),
  ]);
}

/** Keeps why reservations were refused. */
export async function writeShortages(tx: Tx, refused: readonly Held[]): Promise<void> {
  await tx.query({
    name: 'shortages-written',
    text: 'update reservation r set shortages = s.shortages from unnest($1::uuid[], $2::uuid[], $3::jsonb[]) as s (id, company_id, shortages) where r.id = s.id and r.company_id = s.company_id',
  }, [refused.map(({ id }) => id), refused.map(({ companyId }) => companyId), refused.map(({ shortages }) => JSON.stringify(shortages))]);
}

/** Names of the events that stand in the way, heard of before or named by an order of this batch. */
export async function nameReasons(tx: Tx, known: ReadonlyMap<string, string>, decisions: readonly Decision[], companyIds: readonly string[]): Promise<Map<string, string>> {
  const named = decisions.flatMap(({ shortLines }) => shortLines.flatMap(({ shortage }) => shortage.reasons.map(({ eventId }) => eventId))).filter((id) => id !== null && !known.has(id)) as string[];
  return new Map([...known, ...(await namesOf(tx, named, companyIds))]);
}
