/** Decisions, written a batch at a time. */
import { bigints, instants, ints, texts, uuids, type Trip, type Tx } from '@regie/store';
import type { Written } from './changes.ts';
import type { Held } from './reservation.ts';
import type { Decision } from './settlement.ts';
import type { NamedOrder } from './settlement.store.ts';

const write = {
  name: 'decisions-written',
  text: `
    with names as (
      insert into event_name (id, company_id, sequence, name)
        select id, company_id, 0, name from unnest($1::uuid[], $2::uuid[], $3::text[]) as n (id, company_id, name) on conflict (id) do nothing),
    kept as (
      insert into reservation (id, company_id, version, event_id, revision, status, refused_lines, shortages, requested_by, decided_at, created_at, updated_at)
      select id, company_id, version, event_id, revision, status, refused_lines::jsonb, shortages::jsonb, requested_by, decided_at, created_at, updated_at
      from unnest($4::uuid[], $5::uuid[], $6::int[], $7::uuid[], $8::int[], $9::text[], $10::text[],
        $11::text[], $12::uuid[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[])
        as r (id, company_id, version, event_id, revision, status, refused_lines, shortages, requested_by, decided_at, created_at, updated_at)
      on conflict (id) do update set version = excluded.version, revision = excluded.revision,
        status = excluded.status, refused_lines = excluded.refused_lines, decided_at = excluded.decided_at,
        updated_at = excluded.updated_at, shortages = excluded.shortages),
    made as (
      insert into decision (reservation_id, revision, company_id, settlement_id, outcome, decided_at)
        select * from unnest($16::uuid[], $17::int[], $18::uuid[], $19::uuid[], $20::text[], $21::timestamptz[])),
    eased as (delete from shortage where line_id in (select unnest($22::uuid[]))),
    gone as (delete from reservation_line where id in (select unnest($22::uuid[])))
    insert into reservation_line (id, company_id, reservation_id, event_id, equipment_id, kit_id, quantity, asked_from,
      asked_to, starts_at, ends_at, status, delivered, returned, damaged, missing, out_since, decided_seq, decided_at)
    select * from unnest($23::uuid[], $24::uuid[], $25::uuid[], $26::uuid[], $27::uuid[], $28::uuid[],
      $29::int[], $30::timestamptz[], $31::timestamptz[], $32::timestamptz[], $33::timestamptz[],
      $34::text[], $35::int[], $36::int[], $37::int[], $38::int[], $39::timestamptz[], $40::bigint[], $41::timestamptz[])
    on conflict (id) do update set equipment_id = excluded.equipment_id, kit_id = excluded.kit_id,
      quantity = excluded.quantity, asked_from = excluded.asked_from, asked_to = excluded.asked_to,
      starts_at = excluded.starts_at, ends_at = excluded.ends_at, status = excluded.status, decided_seq = excluded.decided_seq, decided_at = excluded.decided_at`,
};

const json = (values: readonly unknown[]): Buffer => texts(values.map((value) => JSON.stringify(value)));

/** One statement for the whole batch. */
export async function writeDecisions(tx: Tx, decisions: readonly Decision<NamedOrder>[], { reservations, gone, saved }: Written): Promise<void> {
  const names = [...new Map(decisions.map(({ order }) => [order.eventId, order])).values()];
  const companyOf = new Map(reservations.map(({ id, companyId }) => [id, companyId]));
  const now = tx.now.getTime();
  await tx.query(write, [
    uuids(names.map(({ eventId }) => eventId)), uuids(names.map(({ companyId }) => companyId)), texts(names.map(({ eventName }) => eventName)),
    uuids(reservations.map(({ id }) => id)), uuids(reservations.map(({ companyId }) => companyId)),
    ints(reservations.map(({ version }) => version)), uuids(reservations.map(({ eventId }) => eventId)),
    ints(reservations.map(({ revision }) => revision)), texts(reservations.map(({ status }) => status)),
    json(reservations.map(({ refusedLines }) => refusedLines)), json(reservations.map(({ shortages }) => shortages)),
    uuids(reservations.map(({ requestedBy }) => requestedBy)),
    instants(reservations.map(({ decidedAt }) => decidedAt)), instants(reservations.map(({ createdAt }) => createdAt)), instants(reservations.map(({ updatedAt }) => updatedAt)),
    uuids(decisions.map(({ after }) => after.id)), ints(decisions.map(({ revision }) => revision)),
    uuids(decisions.map(({ order }) => order.companyId)), uuids(decisions.map(({ order }) => order.settlementId)),
    texts(decisions.map(({ outcome }) => outcome)), instants(decisions.map(() => now)),
    uuids(gone.map(({ id }) => id)),
    uuids(saved.map(({ id }) => id)), uuids(saved.map(({ reservationId }) => companyOf.get(reservationId)!)),
    uuids(saved.map(({ reservationId }) => reservationId)), uuids(saved.map(({ eventId }) => eventId)),
    uuids(saved.map(({ equipmentId }) => equipmentId)), uuids(saved.map(({ kitId }) => kitId)), ints(saved.map(({ quantity }) => quantity)),
    instants(saved.map(({ askedFrom }) => askedFrom)), instants(saved.map(({ askedTo }) => askedTo)), instants(saved.map(({ from }) => from)), instants(saved.map(({ to }) => to)),
    texts(saved.map(({ status }) => status)), ints(saved.map(({ delivered }) => delivered)),
    ints(saved.map(({ returned }) => returned)), ints(saved.map(({ damaged }) => damaged)), ints(saved.map(({ missing }) => missing)),
    instants(saved.map(({ outSince }) => outSince)), bigints(saved.map(({ decidedSeq }) => decidedSeq)), instants(saved.map(({ decidedAt }) => decidedAt)),
  ]);
}

/** Reservations that were never seen before, all of them granted: a row that is there already is an error, and nothing is replaced. */
const writeNew = {
  name: 'decisions-new',
  text: `
    with names as (
      insert into event_name (id, company_id, sequence, name)
        select id, company_id, 0, name from unnest($1::uuid[], $2::uuid[], $3::text[]) as n (id, company_id, name) on conflict (id) do nothing),
    made as (
      insert into decision (reservation_id, revision, company_id, settlement_id, outcome, decided_at)
        select id, 1, company_id, settlement_id, 'accepted', $4 from unnest($5::uuid[], $6::uuid[], $7::uuid[]) as d (id, company_id, settlement_id)),
    kept as (
      insert into reservation (id, company_id, version, event_id, revision, status, requested_by, decided_at, created_at, updated_at)
      select id, company_id, 1, event_id, 1, 'reserved', requested_by, $4, $4, $4
        from unnest($5::uuid[], $6::uuid[], $8::uuid[], $9::uuid[]) as r (id, company_id, event_id, requested_by))
    insert into reservation_line (id, company_id, reservation_id, event_id, equipment_id, kit_id,
      quantity, asked_from, asked_to, starts_at, ends_at, status, decided_seq, decided_at)
    select id, company_id, reservation_id, event_id, equipment_id, kit_id, quantity, asked_from, asked_to, starts_at, ends_at, 'reserved', decided_seq, $4
    from unnest($10::uuid[], $11::uuid[], $12::uuid[], $13::uuid[], $14::uuid[], $15::uuid[], $16::int[],
      $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::bigint[])
      as l (id, company_id, reservation_id, event_id, equipment_id, kit_id, quantity, asked_from, asked_to, starts_at, ends_at, decided_seq)`,
};

/** Adds a batch of reservations asked for the first time and granted to a trip, as one statement. */
export function addNewDecisions(trip: Pick<Trip, 'query' | 'now'>, decisions: readonly Decision<NamedOrder>[], { reservations, saved }: Written): void {
  const names = [...new Map(decisions.map(({ order }) => [order.eventId, order])).values()];
  const companyOf = new Map(reservations.map(({ id, companyId }) => [id, companyId]));
  trip.query(writeNew, [
    uuids(names.map(({ eventId }) => eventId)), uuids(names.map(({ companyId }) => companyId)), texts(names.map(({ eventName }) => eventName)), trip.now.toISOString(),
    uuids(decisions.map(({ after }) => after.id)), uuids(decisions.map(({ order }) => order.companyId)), uuids(decisions.map(({ order }) => order.settlementId)),
    uuids(decisions.map(({ after }) => after.eventId)), uuids(decisions.map(({ after }) => after.requestedBy)),
    uuids(saved.map(({ id }) => id)), uuids(saved.map(({ reservationId }) => companyOf.get(reservationId)!)),
    uuids(saved.map(({ reservationId }) => reservationId)), uuids(saved.map(({ eventId }) => eventId)),
    uuids(saved.map(({ equipmentId }) => equipmentId)), uuids(saved.map(({ kitId }) => kitId)), ints(saved.map(({ quantity }) => quantity)),
    instants(saved.map(({ askedFrom }) => askedFrom)), instants(saved.map(({ askedTo }) => askedTo)), instants(saved.map(({ from }) => from)), instants(saved.map(({ to }) => to)),
    bigints(saved.map(({ decidedSeq }) => decidedSeq)),
  ]);
}

/** Keeps why reservations were refused. */
export async function writeShortages(tx: Tx, refused: readonly Held[]): Promise<void> {
  await tx.query({
    name: 'shortages-written',
    text: 'update reservation r set shortages = s.shortages from unnest($1::uuid[], $2::uuid[], $3::jsonb[]) as s (id, company_id, shortages) where r.id = s.id and r.company_id = s.company_id',
  }, [refused.map(({ id }) => id), refused.map(({ companyId }) => companyId), refused.map(({ shortages }) => JSON.stringify(shortages))]);
}

