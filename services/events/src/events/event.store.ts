/** Events in the database. */
import { isRefusal, type Event, type InputOf, type Refusal, type eventOperations } from '@regie/contracts';
import { listRows, saveTerms, termsOf, uuids, type Beginning, type Sort, type Tx } from '@regie/store';
import type { EventToFill, KeptEvent } from './event.ts';

interface Row {
  id: string; version: number; name: string; category: Event['category']; status: Event['status'];
  installation_at: Date; start_at: Date; end_at: Date; dismantling_at: Date; time_zone: string; customer_id: string | null; contact_id: string | null;
  budget_amount: number | null; budget_currency: string | null; expected_participants: number | null; details: Pick<Event, (typeof detailFields)[number]>;
  created_by: string | null; cancel_reason: string | null; pending_dates: string | null; created_at: Date; updated_at: Date; archived_at: Date | null;
}

/** What is only shown, kept in one column. */
const detailFields = ['venue', 'description', 'notes', 'president', 'organizerContact', 'logoFileId', 'bannerFileId', 'themes', 'settings', 'metadata'] as const;

const columns = `id, version, name, category, status, installation_at, start_at, end_at, dismantling_at, time_zone, customer_id, contact_id,
  budget_amount, budget_currency, expected_participants, details, created_by, cancel_reason, pending_dates, created_at, updated_at, archived_at`;

const toEvent = (row: Row): Event => ({
  id: row.id, createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(), name: row.name, category: row.category, status: row.status,
  installationAt: row.installation_at.toISOString(), startAt: row.start_at.toISOString(),
  endAt: row.end_at.toISOString(), dismantlingAt: row.dismantling_at.toISOString(), timeZone: row.time_zone,
  customerId: row.customer_id, contactId: row.contact_id, budget: row.budget_amount === null ? null : { amount: row.budget_amount, currency: row.budget_currency! },
  expectedParticipants: row.expected_participants, ...row.details, createdBy: row.created_by, cancelReason: row.cancel_reason, archivedAt: row.archived_at?.toISOString() ?? null,
});
const toKept = (row: Row): KeptEvent => ({ event: toEvent(row), version: row.version, pendingDates: row.pending_dates });

/** `share` keeps it as it is while something is added to it; `update` lets one change after another. */
export type Hold = 'none' | 'share' | 'update';
const holds: Readonly<Record<Hold, string>> = { none: '', share: ' for share', update: ' for no key update' };

export async function readEvent(tx: Tx, id: string, hold: Hold = 'none'): Promise<KeptEvent | undefined> {
  const [row] = await tx.query<Row>({ name: `event-${hold}`, text: `select ${columns} from event where company_id = $1 and id = $2${holds[hold]}` }, [tx.companyId, id]);
  return row && toKept(row);
}

/** The events whose new dates these settlements decide, held in id order for a change. */
export async function holdMoving(tx: Beginning, settlements: readonly { readonly companyId: string; readonly id: string }[]): Promise<Map<string, KeptEvent>> {
  const rows = await tx.query<Row>({
    name: 'event-hold-moving',
    text: `select e.* from (
        select distinct s.company_id, s.event_id from unnest($1::uuid[], $2::uuid[]) a (company_id, id) cross join lateral (
          select company_id, event_id from settlement s where s.company_id = a.company_id and s.id = a.id and s.kind = 'dates' offset 0) s
        order by s.event_id) m
      cross join lateral (select ${columns} from event e where e.company_id = m.company_id and e.id = m.event_id offset 0 for no key update) e`,
  }, [uuids(settlements.map(({ companyId }) => companyId)), uuids(settlements.map(({ id }) => id))]);
  return new Map(rows.map((row) => [row.id, toKept(row)]));
}

/** The events asked for, each by its own company, held in id order as they are: nobody changes them, and more may be added to them. @returns one for each asked for */
export async function shareEvents(tx: Beginning, asked: readonly { readonly companyId: string; readonly id: string }[]): Promise<(EventToFill | undefined)[]> {
  // Many of a group ask for the same event.
  const distinct = new Map(asked.map((one) => [nameOf(one), one]));
  const names = [...distinct.keys()];
  const wanted = [...distinct.values()];
  const rows = await tx.query<Pick<Row, 'name' | 'status' | 'archived_at' | 'installation_at' | 'dismantling_at' | 'pending_dates'> & { place: number }>({
    name: 'event-share-many',
    text: `select w.place, e.name, e.status, e.archived_at, e.installation_at, e.dismantling_at, e.pending_dates
      from unnest($1::uuid[], $2::uuid[]) with ordinality w (company_id, id, place) join event e on e.company_id = w.company_id and e.id = w.id order by e.id for share of e`,
  }, [uuids(wanted.map(({ companyId }) => companyId)), uuids(wanted.map(({ id }) => id))]);
  const found = new Map(rows.map(({ place, name, status, archived_at, installation_at, dismantling_at, pending_dates }): [string, EventToFill] => [names[place - 1]!, {
    event: {
      id: wanted[place - 1]!.id.toLowerCase(), name, status, archivedAt: archived_at?.toISOString() ?? null,
      installationAt: installation_at.toISOString(), dismantlingAt: dismantling_at.toISOString(),
    },
    pendingDates: pending_dates,
  }]));
  return asked.map((one) => found.get(nameOf(one)));
}

/** Ids mean the same in capitals. */
const nameOf = ({ companyId, id }: { readonly companyId: string; readonly id: string }): string => `${companyId} ${id}`.toLowerCase();

const values = (event: Event): unknown[] => [
  event.id, event.name, event.category, event.status, event.installationAt, event.startAt, event.endAt, event.dismantlingAt, event.timeZone, event.customerId, event.contactId,
  event.budget?.amount ?? null, event.budget?.currency ?? null, event.expectedParticipants, JSON.stringify(Object.fromEntries(detailFields.map((field) => [field, event[field]]))),
  event.cancelReason, event.archivedAt,
];
const terms = ({ name, venue }: Event): string[] => termsOf(name, venue?.name);

/** Writes version 1. */
export async function insertEvent(tx: Tx, event: Event): Promise<void> {
  await tx.query(
    `insert into event (company_id, created_at, updated_at, created_by, version, id, name, category,
       status, installation_at, start_at, end_at, dismantling_at, time_zone, customer_id, contact_id,
       budget_amount, budget_currency, expected_participants, details, cancel_reason, archived_at)
     values ($1, $2, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    [tx.companyId, event.createdAt, event.createdBy, ...values(event)]);
  await saveTerms(tx, 'event', event.id, terms(event));
}

/**
 * Saves the next version; new dates wait for nothing any more unless said.
 * @param companyId where the transaction is of several
 */
export async function saveEvent(tx: Tx, { event, version, pendingDates }: KeptEvent, companyId: string = tx.companyId): Promise<KeptEvent> {
  const [row] = await tx.query<Row>(
    `update event set version = $3, updated_at = $2, pending_dates = $4, name = $6, category = $7,
       status = $8, installation_at = $9, start_at = $10, end_at = $11, dismantling_at = $12, time_zone = $13,
       customer_id = $14, contact_id = $15, budget_amount = $16, budget_currency = $17, expected_participants = $18, details = $19, cancel_reason = $20, archived_at = $21
     where company_id = $1 and id = $5 returning ${columns}`, [companyId, tx.now, version + 1, pendingDates, ...values(event)]);
  const inCompany: Tx = companyId === tx.companyId ? tx : { ...tx, companyId };
  await saveTerms(inCompany, 'event', event.id, terms(event));
  return toKept(row!);
}

/** Notes which settlement decides its new dates, or that none does. Nothing that is told changes. */
export const savePendingDates = (tx: Tx, id: string, settlementId: string | null, companyId: string = tx.companyId): Promise<unknown> =>
  tx.query('update event set pending_dates = $3 where company_id = $1 and id = $2', [companyId, id, settlementId]);

const sorts: Readonly<Record<'-createdAt' | 'createdAt' | 'startAt' | '-startAt' | 'name', Sort>> = {
  '-createdAt': { column: 'created_at', type: 'timestamptz', descending: true }, createdAt: { column: 'created_at', type: 'timestamptz' },
  startAt: { column: 'start_at', type: 'timestamptz' }, '-startAt': { column: 'start_at', type: 'timestamptz', descending: true }, name: { column: 'name', type: 'text' },
};
type Filters = InputOf<typeof eventOperations.listEvents>;

/** One page. `from` and `to` choose events that take place, from installation to dismantling, within it in part. */
export async function listOfEvents(
  tx: Tx, { limit, cursor, sort = '-createdAt', archived = false, status, category, customerId, from, to, q }: Filters,
): Promise<{ items: Event[]; nextCursor: string | null } | Refusal<'request.cursor-invalid'>> {
  const given = (condition: string, value: unknown): (readonly [string, ...unknown[]])[] => (value === undefined ? [] : [[condition, value]]);
  const page = await listRows<Row>(tx, {
    columns, from: 'event', sort: sorts[sort], limit, cursor,
    where: [
      ['company_id = ?', tx.companyId], [archived ? 'archived_at is not null' : 'archived_at is null'],
      ...given('status = ?', status), ...given('category = ?', category), ...given('customer_id = ?', customerId), ...given('installation_at < ?', to),
      // An event of one instant counts where that instant is.
      ...(from === undefined ? [] : [['(dismantling_at > ? or installation_at >= ?)', from, from] as const]),
      ...(q === undefined ? [] : termsOf(q).slice(0, 6).map((word) => {
        const prefix = [tx.companyId, word, `${word}\u{10ffff}`];
        return [`id in (select id from event_term where company_id = ? and term >= ? and term < ?
          union all select e.id from customer_term t join event e on e.company_id = t.company_id and e.customer_id = t.id
            where t.company_id = ? and t.term >= ? and t.term < ?)`, ...prefix, ...prefix] as const;
      })),
    ],
  });
  return isRefusal(page) ? page : { items: page.rows.map(toEvent), nextCursor: page.nextCursor };
}
