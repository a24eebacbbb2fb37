/** The first tables of customers' events. */
import { infrastructureSql, recordTableSql, tenantSql, termTableSql, type Migration } from '@regie/store';

const sql = `
  create table event (
    id uuid primary key, company_id uuid not null, version int not null,
    name text not null, category text not null, status text not null check (status in ('planned', 'in_progress', 'completed', 'cancelled')),
    installation_at timestamptz not null, start_at timestamptz not null, end_at timestamptz not null, dismantling_at timestamptz not null, time_zone text not null,
    customer_id uuid references customer (id), contact_id uuid,
    budget_amount bigint, budget_currency char(3), expected_participants int,
    -- What is only shown: venue, texts, settings. json, not jsonb: the order of keys stays as it was sent.
    details json not null,
    created_by uuid, cancel_reason text,
    -- The settlement that decides its new dates; until then no others can be asked for.
    pending_dates uuid,
    created_at timestamptz not null, updated_at timestamptz not null, archived_at timestamptz,
    check (installation_at <= start_at and start_at <= end_at and end_at <= dismantling_at)
  );
  create index event_newest on event (company_id, created_at, id);
  create index event_by_start on event (company_id, start_at, id);
  create index event_by_name on event (company_id, name, id);
  create index event_by_installation on event (company_id, installation_at, id);
  create index event_by_status on event (company_id, status, created_at, id);
  create index event_by_category on event (company_id, category, created_at, id);
  create index event_by_customer on event (company_id, customer_id, created_at, id);
  create index event_by_contact on event (company_id, contact_id) where contact_id is not null;

  -- A reservation as it was asked for. Its id is the reservation's, here and in inventory.
  create table request (
    id uuid primary key, company_id uuid not null, event_id uuid not null references event (id),
    -- The newest desired state; how many of them are known to be decided; the newest accepted one.
    revision int not null, decided int not null default 0, accepted_revision int not null default 0,
    -- Whose lines count now: what was asked last while anything is undecided, else what was accepted last.
    in_force int not null generated always as (case when decided < revision then revision else accepted_revision end) stored,
    requested_by uuid, created_at timestamptz not null, updated_at timestamptz not null,
    check (decided <= revision)
  );
  create index request_of_event on request (company_id, event_id, created_at, id);

  -- Every desired state and its decision.
  create table request_revision (
    request_id uuid not null references request (id), revision int not null, company_id uuid not null, settlement_id uuid not null,
    allow_partial boolean not null, outcome text check (outcome in ('accepted', 'refused', 'superseded')),
    shortages json not null default '[]', unknown_equipment_ids uuid[] not null default '{}', duplicate_equipment_ids uuid[] not null default '{}',
    decided_at timestamptz,
    primary key (request_id, revision)
  );
  create index request_revision_of_settlement on request_revision (settlement_id);

  -- The lines of each desired state; none cancels. They are never changed.
  create table request_line (
    id uuid not null, request_id uuid not null, revision int not null, company_id uuid not null, event_id uuid not null,
    position int not null, equipment_id uuid not null, kit_id uuid, quantity int not null check (quantity > 0),
    from_at timestamptz not null, to_at timestamptz not null check (to_at > from_at),
    -- It was asked for without a period of its own: it goes where the event goes.
    moves boolean not null,
    primary key (request_id, revision, id)
  );
  create index request_line_by_equipment on request_line (company_id, event_id, equipment_id);

  -- What was ordered from inventory to be decided together, who asked, and how it ended.
  create table settlement (
    id uuid primary key, company_id uuid not null, event_id uuid not null references event (id),
    kind text not null check (kind in ('request', 'change', 'cancel', 'dates')),
    -- The language of who asked: the answer may be told when the question is long gone.
    language text not null, asked_by uuid, asked_at timestamptz not null,
    -- The event's changes that apply when all is accepted (kind dates).
    patch json,
    verdict text check (verdict in ('accepted', 'refused', 'superseded')), decided_at timestamptz
  );
  create index settlement_of_event on settlement (company_id, event_id, asked_at);

  -- Mirror of inventory's reservations.
  create table reservation (
    id uuid primary key, company_id uuid not null, sequence int not null, event_id uuid not null, status text not null,
    -- Pieces handed out and not back.
    out int not null, state jsonb not null
  );
`;

export const start: Migration = {
  at: 1764000000000, name: 'start',
  sql: infrastructureSql('events') + recordTableSql('customer') + termTableSql('customer') + sql + termTableSql('event')
    + tenantSql('events', 'customer', 'customer_term', 'event', 'event_term', 'request', 'request_revision', 'request_line', 'settlement', 'reservation'),
};
