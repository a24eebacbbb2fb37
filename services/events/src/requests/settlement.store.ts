/** Settlements in the database: ordered in one statement with what they ask for, noted as decided by batches across companies. */
import { settle, type Decided, type Event } from '@regie/contracts';
import { instants, ints, texts, uuids, type Beginning, type Tx, type Work } from '@regie/store';
import { readEvent } from '../events/event.store.ts';
import { requestsOfSettlements, type Named } from './request.store.ts';
import type { Decision, Kind, Revision, Settlement, Verdict } from './settlement.ts';

/** A settlement to be ordered: of one event, with the next state of each of its reservations. */
export interface Order {
  readonly id: string;
  readonly kind: Kind;
  readonly revisions: readonly Revision[];
  /** The event's changes that apply when all is accepted. */
  readonly patch?: Partial<Event>;
}

/** The same with the event it is of, and on whose behalf and in which language it is asked. */
export interface GivenOrder extends Order {
  readonly event: Pick<Event, 'id' | 'name'>;
  readonly language: 'en' | 'fr';
  readonly work: Partial<Work> & { readonly companyId: string; readonly actorId: string | null };
}

const ask = {
  name: 'settlement-ask',
  text: `with settlements as (
      insert into settlement (id, company_id, event_id, kind, language, asked_by, asked_at, patch)
      select id, company_id, event_id, kind, language, asked_by, $1, patch
      from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::json[]) s (id, company_id, event_id, kind, language, asked_by, patch)),
    requests as (
      insert into request (id, company_id, event_id, revision, requested_by, created_at, updated_at)
      select id, company_id, event_id, revision, requested_by, $1, $1
        from unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::int[], $13::uuid[]) r (id, company_id, event_id, revision, requested_by)
      on conflict (id) do update set revision = excluded.revision, updated_at = excluded.updated_at where request.company_id = excluded.company_id),
    revisions as (
      insert into request_revision (request_id, company_id, revision, settlement_id, allow_partial)
      select * from unnest($9::uuid[], $10::uuid[], $12::int[], $14::uuid[], $15::boolean[]))
    insert into request_line (company_id, event_id, request_id, revision, position, id, equipment_id, kit_id, quantity, from_at, to_at, moves)
    select * from unnest($16::uuid[], $17::uuid[], $18::uuid[], $19::int[], $20::int[], $21::uuid[],
      $22::uuid[], $23::uuid[], $24::int[], $25::timestamptz[], $26::timestamptz[], $27::boolean[])`,
};

/** Writes what is asked, and orders it from inventory, in this transaction of one company. Nobody has to wait for it. */
export const orderSettlements = (tx: Tx, event: Pick<Event, 'id' | 'name'>, language: 'en' | 'fr', orders: readonly Order[]): void =>
  giveOrders(tx, orders.map((order) => ({ ...order, event, language, work: { companyId: tx.companyId, actorId: tx.actorId } })));

/** The same for orders of several events and companies. */
export function giveOrders(tx: Tx, orders: readonly GivenOrder[]): void {
  if (orders.length === 0) return;
  const revisions = orders.flatMap(({ id, event, work, revisions: own }) =>
    own.map((revision) => ({ ...revision, settlementId: id, eventId: event.id, companyId: work.companyId })));
  const lines = revisions.flatMap(({ request, companyId, eventId, lines: own }) => own.map((line, position) => ({ ...line, request, companyId, eventId, position })));
  void tx.query(ask, [
    tx.now,
    uuids(orders.map(({ id }) => id)), uuids(orders.map(({ work }) => work.companyId)), uuids(orders.map(({ event }) => event.id)),
    texts(orders.map(({ kind }) => kind)), texts(orders.map(({ language }) => language)),
    uuids(orders.map(({ work }) => work.actorId)), orders.map(({ patch }) => (patch ? JSON.stringify(patch) : null)),
    uuids(revisions.map(({ request }) => request.id)), uuids(revisions.map(({ companyId }) => companyId)),
    uuids(revisions.map(({ eventId }) => eventId)), ints(revisions.map(({ request }) => request.revision + 1)),
    uuids(revisions.map(({ request }) => request.requestedBy)), uuids(revisions.map(({ settlementId }) => settlementId)), revisions.map(({ allowPartial }) => allowPartial),
    uuids(lines.map(({ companyId }) => companyId)), uuids(lines.map(({ eventId }) => eventId)),
    uuids(lines.map(({ request }) => request.id)), ints(lines.map(({ request }) => request.revision + 1)),
    ints(lines.map(({ position }) => position)), uuids(lines.map(({ id }) => id)), uuids(lines.map(({ equipmentId }) => equipmentId)),
    uuids(lines.map(({ kitId }) => kitId)), ints(lines.map(({ quantity }) => quantity)),
    instants(lines.map(({ from }) => Date.parse(from))), instants(lines.map(({ to }) => Date.parse(to))), lines.map(({ moves }) => moves),
  ]);
  for (const { id, event, work, revisions: own } of orders) {
    tx.order(settle, {
      settlementId: id, eventId: event.id, eventName: event.name,
      reservations: own.map(({ request, allowPartial, lines: desired }) => ({
        id: request.id, revision: request.revision + 1, allowPartial, requestedBy: request.requestedBy, lines: desired.map(({ moves: _moves, ...line }) => line),
      })),
    }, { id, subject: event.id, work });
  }
}

export interface Held extends Pick<Settlement, 'id' | 'companyId' | 'kind' | 'language' | 'verdict'> {
  readonly eventId: string;
  readonly askedBy: string | null;
  readonly patch: Partial<Event> | null;
}

const columnsOf = (named: readonly Named[]): [Buffer, Buffer] => [uuids(named.map(({ companyId }) => companyId)), uuids(named.map(({ id }) => id))];

/**
 * Settlements that are to be moved on, held in the order they come in: of several decided at once the last one sees them all.
 * @param named in id order, as everybody holds them
 */
export const holdSettlements = (tx: Beginning, named: readonly Named[]): Promise<Held[]> =>
  tx.query<Held>({
    name: 'settlement-hold',
    text: `select s.* from unnest($1::uuid[], $2::uuid[]) a (company_id, id) cross join lateral (
        select id, company_id as "companyId", kind, language, verdict, event_id as "eventId", asked_by as "askedBy", patch from settlement s
        where s.company_id = a.company_id and s.id = a.id offset 0 for no key update) s`,
  }, columnsOf(named));

/** What inventory tells of one decision. */
export interface Told extends Pick<
  Decided, 'id' | 'revision' | 'outcome' | 'shortages' | 'unknownEquipmentIds' | 'duplicateEquipmentIds' | 'settlementId' | 'decidedAt'
> {
  readonly companyId: string;
}

/** Notes decisions, each once, by the revision they are of, and counts them on their requests. Those noted before change nothing. */
export async function noteDecisions(tx: Beginning, told: readonly Told[]): Promise<void> {
  const once = [...new Map(told.map((one) => [`${one.id} ${one.revision}`, one])).values()].toSorted(byId);
  const [companyIds, ids] = columnsOf(once);
  // Both in one trip: the second sees what it waited for.
  await Promise.all([
    tx.query({
      name: 'request-hold',
      text: `select 1 from unnest($1::uuid[], $2::uuid[]) a (company_id, id) cross join lateral (
        select from request r where r.company_id = a.company_id and r.id = a.id offset 0 for no key update) r`,
    }, [companyIds, ids]),
    tx.query(note, [
      companyIds, ids, ints(once.map(({ revision }) => revision)), texts(once.map(({ outcome }) => outcome)), texts(once.map(({ shortages }) => JSON.stringify(shortages))),
      texts(once.map(({ unknownEquipmentIds }) => `{${unknownEquipmentIds.join(',')}}`)), texts(once.map(({ duplicateEquipmentIds }) => `{${duplicateEquipmentIds.join(',')}}`)),
      instants(once.map(({ decidedAt }) => (decidedAt === null ? null : Date.parse(decidedAt)))),
    ]),
  ]);
}

const note = {
  name: 'decision-note',
  text: `with noted as (
      update request_revision v set outcome = t.outcome, shortages = t.shortages::json, decided_at = t.decided_at,
        unknown_equipment_ids = t.unknown::uuid[], duplicate_equipment_ids = t.duplicate::uuid[]
      from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[]) t (company_id, id, revision, outcome, shortages, unknown, duplicate, decided_at)
      where v.company_id = t.company_id and v.request_id = t.id and v.revision = t.revision and v.outcome is null
      returning v.company_id, v.request_id, v.revision, v.outcome),
    counted as (
      select company_id, request_id, count(*)::int as decided, coalesce(max(revision) filter (where outcome = 'accepted'), 0) as accepted from noted
        group by company_id, request_id)
    update request r set decided = r.decided + c.decided, accepted_revision = greatest(r.accepted_revision, c.accepted), updated_at = now()
    from counted c where r.company_id = c.company_id and r.id = c.request_id`,
};

/** As everybody holds rows. */
export const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The outcome of every reservation of each settlement. */
export async function outcomesOf(tx: Beginning, named: readonly Named[]): Promise<Map<string, (Verdict | null)[]>> {
  const rows = await tx.query<{ id: string; outcomes: (Verdict | null)[] }>({
    name: 'settlement-outcomes',
    text: `select a.id, v.outcomes from unnest($1::uuid[], $2::uuid[]) a (company_id, id) cross join lateral (
      select array_agg(outcome) as outcomes from request_revision v where v.company_id = a.company_id and v.settlement_id = a.id) v where v.outcomes is not null`,
  }, columnsOf(named));
  return new Map(rows.map(({ id, outcomes }) => [id, outcomes]));
}

/** Writes how settlements ended. */
export const saveVerdicts = (tx: Tx, ended: readonly (Named & { readonly verdict: Verdict })[]): Promise<unknown> =>
  tx.query({
    name: 'settlement-end',
    text: `update settlement s set verdict = t.verdict, decided_at = $4 from unnest($1::uuid[], $2::uuid[], $3::text[]) t (company_id, id, verdict)
      where s.company_id = t.company_id and s.id = t.id`,
  }, [...columnsOf(ended), texts(ended.map(({ verdict }) => verdict)), tx.now]);

/** How each reservation of these settlements was decided, of those that were refused. */
export async function decisionsOf(tx: Beginning, named: readonly Named[]): Promise<ReadonlyMap<string, Decision[]>> {
  const rows = await tx.query<{ id: string; decisions: Decision[] }>(decided, columnsOf(named));
  return new Map(rows.map(({ id, decisions }) => [id, decisions]));
}

const decided = {
  name: 'settlement-decisions',
  text: `select s.id, s.decisions from unnest($1::uuid[], $2::uuid[]) a (company_id, id) cross join lateral (
      select s.id, (select json_agg(json_build_object(
          'outcome', v.outcome, 'shortages', v.shortages, 'unknownEquipmentIds', v.unknown_equipment_ids, 'duplicateEquipmentIds', v.duplicate_equipment_ids,
          'equipmentIds', array(select l.equipment_id from request_line l
          where l.company_id = v.company_id and l.request_id = v.request_id and l.revision = v.revision order by l.position)) order by v.request_id)
        from request_revision v where v.company_id = s.company_id and v.settlement_id = s.id) as decisions
      from settlement s where s.company_id = a.company_id and s.id = a.id and s.verdict = 'refused' offset 0) s`,
};

/** One settlement with all that its answer depends on. */
export async function readSettlement(tx: Tx, id: string): Promise<Settlement | undefined> {
  const named = [{ companyId: tx.companyId, id }];
  const [[row], requests, decisions] = await Promise.all([
    tx.query<Pick<Settlement, 'id' | 'companyId' | 'kind' | 'language' | 'verdict'> & { eventId: string }>({
      name: 'settlement-read', text: 'select id, company_id as "companyId", kind, language, verdict, event_id as "eventId" from settlement where company_id = $1 and id = $2',
    }, [tx.companyId, id]),
    requestsOfSettlements(tx, named), decisionsOf(tx, named),
  ]);
  if (!row) return undefined;
  const { eventId, ...settlement } = row;
  return {
    ...settlement, decisions: decisions.get(id) ?? [],
    about: settlement.kind === 'dates' ? { event: (await readEvent(tx, eventId))! } : { request: requests.get(id)! },
  };
}
