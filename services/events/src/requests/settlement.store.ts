/** Settlements in the database: ordered in one statement with what they ask for, noted as decided by batches across companies. */
import { settle, type Decided, type Event } from '@regie/contracts';
import { instants, ints, texts, uuids, type Tx, type Work } from '@regie/store';
import { readEvents } from '../events/event.store.ts';
import { readRequests } from './request.store.ts';
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
      select id, company_id, event_id, revision, requested_by, $1, $1 from unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::int[], $13::uuid[]) r (id, company_id, event_id, revision, requested_by)
      on conflict (id) do update set revision = excluded.revision, updated_at = excluded.updated_at where request.company_id = excluded.company_id),
    revisions as (
      insert into request_revision (request_id, company_id, revision, settlement_id, allow_partial)
      select * from unnest($9::uuid[], $10::uuid[], $12::int[], $14::uuid[], $15::boolean[]))
    insert into request_line (company_id, event_id, request_id, revision, position, id, equipment_id, kit_id, quantity, from_at, to_at, moves)
    select * from unnest($16::uuid[], $17::uuid[], $18::uuid[], $19::int[], $20::int[], $21::uuid[], $22::uuid[], $23::uuid[], $24::int[], $25::timestamptz[], $26::timestamptz[], $27::boolean[])`,
};

/** Writes what is asked, and orders it from inventory, in this transaction of one company. */
export const orderSettlements = (tx: Tx, event: Pick<Event, 'id' | 'name'>, language: 'en' | 'fr', orders: readonly Order[]): Promise<void> =>
  giveOrders(tx, orders.map((order) => ({ ...order, event, language, work: { companyId: tx.companyId, actorId: tx.actorId } })));

/** The same for orders of several events and companies. */
export async function giveOrders(tx: Tx, orders: readonly GivenOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const revisions = orders.flatMap(({ id, event, work, revisions: own }) => own.map((revision) => ({ ...revision, settlementId: id, eventId: event.id, companyId: work.companyId })));
  const lines = revisions.flatMap(({ request, companyId, eventId, lines: own }) => own.map((line, position) => ({ ...line, request, companyId, eventId, position })));
  await tx.query(ask, [
    tx.now,
    uuids(orders.map(({ id }) => id)), uuids(orders.map(({ work }) => work.companyId)), uuids(orders.map(({ event }) => event.id)), texts(orders.map(({ kind }) => kind)), texts(orders.map(({ language }) => language)),
    uuids(orders.map(({ work }) => work.actorId)), orders.map(({ patch }) => (patch ? JSON.stringify(patch) : null)),
    uuids(revisions.map(({ request }) => request.id)), uuids(revisions.map(({ companyId }) => companyId)), uuids(revisions.map(({ eventId }) => eventId)), ints(revisions.map(({ request }) => request.revision + 1)),
    uuids(revisions.map(({ request }) => request.requestedBy)), uuids(revisions.map(({ settlementId }) => settlementId)), revisions.map(({ allowPartial }) => allowPartial),
    uuids(lines.map(({ companyId }) => companyId)), uuids(lines.map(({ eventId }) => eventId)), uuids(lines.map(({ request }) => request.id)), ints(lines.map(({ request }) => request.revision + 1)),
    ints(lines.map(({ position }) => position)), uuids(lines.map(({ id }) => id)), uuids(lines.map(({ equipmentId }) => equipmentId)), uuids(lines.map(({ kitId }) => kitId)), ints(lines.map(({ quantity }) => quantity)),
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

export interface Held { readonly id: string; readonly companyId: string; readonly kind: Kind; readonly eventId: string; readonly askedBy: string | null; readonly patch: Partial<Event> | null; readonly verdict: Verdict | null }

/** Settlements that are to be moved on, held in id order: of several decided at once the last one sees them all. */
export const holdSettlements = (tx: Tx, companyIds: readonly string[], ids: readonly string[]): Promise<Held[]> =>
  tx.query<Held>({
    name: 'settlement-hold',
    text: `select id, company_id as "companyId", kind, event_id as "eventId", asked_by as "askedBy", patch, verdict from settlement
      where company_id in (select unnest($1::uuid[])) and id in (select unnest($2::uuid[])) order by id for no key update`,
  }, [companyIds, ids]);

/** What inventory tells of one decision. */
export interface Told extends Pick<Decided, 'id' | 'revision' | 'outcome' | 'shortages' | 'unknownEquipmentIds' | 'duplicateEquipmentIds' | 'settlementId' | 'decidedAt'> { readonly companyId: string }

/** Notes decisions, each once, by the revision they are of, and counts them on their requests. Those noted before change nothing. */
export async function noteDecisions(tx: Tx, told: readonly Told[]): Promise<void> {
  const once = [...new Map(told.map((one) => [`${one.id} ${one.revision}`, one])).values()];
  const companyIds = once.map(({ companyId }) => companyId);
  await tx.query({ name: 'request-hold', text: 'select 1 from request where company_id in (select unnest($1::uuid[])) and id in (select unnest($2::uuid[])) order by id for no key update' }, [companyIds, once.map(({ id }) => id)]);
  await tx.query({
    name: 'decision-note',
    text: `with noted as (
        update request_revision v set outcome = t.outcome, shortages = t.shortages, decided_at = t.decided_at,
          unknown_equipment_ids = array(select jsonb_array_elements_text(t.unknown)::uuid), duplicate_equipment_ids = array(select jsonb_array_elements_text(t.duplicate)::uuid)
        from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::json[], $6::jsonb[], $7::jsonb[], $8::timestamptz[]) t (company_id, id, revision, outcome, shortages, unknown, duplicate, decided_at)
        where v.company_id = t.company_id and v.request_id = t.id and v.revision = t.revision and v.outcome is null
        returning v.company_id, v.request_id, v.revision, v.outcome),
      counted as (
        select company_id, request_id, count(*)::int as decided, coalesce(max(revision) filter (where outcome = 'accepted'), 0) as accepted from noted group by company_id, request_id)
      update request r set decided = r.decided + c.decided, accepted_revision = greatest(r.accepted_revision, c.accepted), updated_at = $9
      from counted c where r.company_id = c.company_id and r.id = c.request_id`,
  }, [
    companyIds, once.map(({ id }) => id), once.map(({ revision }) => revision), once.map(({ outcome }) => outcome), once.map(({ shortages }) => JSON.stringify(shortages)),
    once.map(({ unknownEquipmentIds }) => JSON.stringify(unknownEquipmentIds)), once.map(({ duplicateEquipmentIds }) => JSON.stringify(duplicateEquipmentIds)), once.map(({ decidedAt }) => decidedAt), tx.now,
  ]);
}

/** The outcome of every reservation of each settlement. */
export async function outcomesOf(tx: Tx, companyIds: readonly string[], ids: readonly string[]): Promise<Map<string, (Verdict | null)[]>> {
  const rows = await tx.query<{ settlement_id: string; outcomes: (Verdict | null)[] }>({
    name: 'settlement-outcomes',
    text: `select settlement_id, array_agg(outcome) as outcomes from request_revision where company_id in (select unnest($1::uuid[])) and settlement_id in (select unnest($2::uuid[])) group by settlement_id`,
  }, [companyIds, ids]);
  return new Map(rows.map(({ settlement_id, outcomes }) => [settlement_id, outcomes]));
}

/** Writes how settlements ended. */
export const saveVerdicts = (tx: Tx, ended: readonly { readonly id: string; readonly companyId: string; readonly verdict: Verdict }[]): Promise<unknown> =>
  tx.query({
    name: 'settlement-end',
    text: `update settlement s set verdict = t.verdict, decided_at = $4 from unnest($1::uuid[], $2::uuid[], $3::text[]) t (company_id, id, verdict) where s.company_id = t.company_id and s.id = t.id`,
  }, [ended.map(({ companyId }) => companyId), ended.map(({ id }) => id), ended.map(({ verdict }) => verdict), tx.now]);

interface Row { id: string; company_id: string; kind: Kind; language: 'en' | 'fr'; verdict: Verdict | null; event_id: string; request_ids: string[]; decisions: Decision[] }

/** Settlements with all that their answers depend on. */
export async function readSettlements(tx: Tx, companyIds: readonly string[], ids: readonly string[]): Promise<Settlement[]> {
  const rows = await tx.query<Row>({
    name: 'settlement-read',
    text: `select s.id, s.company_id, s.kind, s.language, s.verdict, s.event_id, v.request_ids, v.decisions from settlement s cross join lateral (
        select array_agg(v.request_id order by v.request_id) as request_ids, json_agg(json_build_object(
          'outcome', v.outcome, 'shortages', v.shortages, 'unknownEquipmentIds', v.unknown_equipment_ids, 'duplicateEquipmentIds', v.duplicate_equipment_ids,
          'equipmentIds', array(select l.equipment_id from request_line l where l.company_id = v.company_id and l.request_id = v.request_id and l.revision = v.revision order by l.position)) order by v.request_id) as decisions
        from request_revision v where v.company_id = s.company_id and v.settlement_id = s.id) v
      where s.company_id in (select unnest($1::uuid[])) and s.id in (select unnest($2::uuid[]))`,
  }, [companyIds, ids]);
  const aboutEvent = rows.filter(({ kind }) => kind === 'dates');
  const events = await readEvents(tx, companyIds, aboutEvent.map(({ event_id }) => event_id), 'none');
  const requests = await readRequests(tx, companyIds, rows.filter(({ kind }) => kind !== 'dates').flatMap(({ request_ids }) => request_ids));
  return rows.map(({ id, company_id, kind, language, verdict, event_id, request_ids, decisions }) => ({
    id, companyId: company_id, kind, language, verdict, decisions,
    about: kind === 'dates' ? { event: events.get(event_id)! } : { request: requests.get(request_ids[0]!)! },
  }));
}
