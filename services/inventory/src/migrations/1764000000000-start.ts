/** The first tables of inventory. */
import { infrastructureSql, tenantSql, termTableSql, type Migration } from '@regie/store';

const sql = `
  -- Built-in categories are constants of the code (categories/category.ts); these are the companies' own.
  create table category (
    id uuid primary key, company_id uuid not null, version int not null,
    key text not null, code text not null, name jsonb not null, subcategories jsonb not null default '[]',
    -- What it is found by, normalised, each word after a space. There are few of them: no table of terms.
    words text not null,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(), archived_at timestamptz
  );
  create unique index category_key on category (company_id, key);
  create unique index category_code on category (company_id, code);
  create index category_newest on category (company_id, created_at, id);

  -- The last number given per company and code: references are never reused and never raced for.
  create table reference_counter (company_id uuid not null, code text not null, last int not null, primary key (company_id, code));

  create table equipment (
    id uuid primary key, company_id uuid not null, version int not null,
    reference text not null, name text not null, category text not null, subcategory text, brand text, model text, description text,
    tracking text not null check (tracking in ('bulk', 'serialised')),
    quantity_total int not null check (quantity_total >= 0),
    weight_grams int check (weight_grams > 0), dimensions jsonb,
    daily_rate_amount bigint, daily_rate_currency char(3), purchase_price_amount bigint, purchase_price_currency char(3),
    replacement_value_amount bigint, replacement_value_currency char(3), degressive jsonb, specs jsonb,
    accessory_ids uuid[] not null default '{}', prep_minutes int not null default 0, turnaround_minutes int not null default 0,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(), archived_at timestamptz,
    unique (company_id, reference)
  );
  create index equipment_newest on equipment (company_id, created_at, id);
  create index equipment_by_name on equipment (company_id, name, id);
  create index equipment_by_category on equipment (company_id, category, subcategory, created_at, id);
  create index equipment_retired on equipment (company_id, created_at, id) where archived_at is not null;
  create index equipment_by_brand on equipment (company_id, brand, created_at, id);
  -- An import decides by it between new and known.
  create index equipment_identity on equipment (company_id, category, name, brand, model) where archived_at is null;

  create table unit (
    id uuid primary key, company_id uuid not null, version int not null, equipment_id uuid not null references equipment (id),
    code text not null, serial_number text, condition text not null default 'good', status text not null default 'in_stock',
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    unique (company_id, code)
  );
  create index unit_of on unit (equipment_id, code);

  create table status_change (
    id uuid primary key, company_id uuid not null, equipment_id uuid not null references equipment (id), at timestamptz not null,
    from_status text, to_status text not null, quantity int not null, reason text, actor_id uuid, cause_kind text not null, cause_id uuid not null
  );
  create index status_change_of on status_change (equipment_id, at, id);

  -- One row per company: who decides, returns, cancels, repairs or corrects stock holds it, one after the other.
  -- Its version rises with each such change.
  create table partition (company_id uuid primary key, version bigint not null default 0);

  create table reservation (
    id uuid primary key, company_id uuid not null, version int not null, event_id uuid not null,
    -- The newest desired state that was decided, accepted or not.
    revision int not null, status text not null, shortages jsonb not null default '[]',
    -- The lines as they were asked, when all were refused and nothing had been promised before: shown, and taking nothing.
    refused_lines jsonb not null default '[]',
    requested_by uuid, decided_at timestamptz not null,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  );
  create index reservation_newest on reservation (company_id, created_at, id);
  create index reservation_of_event on reservation (company_id, event_id, created_at, id);
  create index reservation_by_status on reservation (company_id, status, created_at, id);

  -- Every decision, so that an order heard twice is answered, not decided, again.
  create table decision (
    reservation_id uuid not null, revision int not null, company_id uuid not null, settlement_id uuid not null,
    outcome text not null check (outcome in ('accepted', 'refused', 'superseded')), decided_at timestamptz not null,
    primary key (reservation_id, revision)
  );

  create table reservation_line (
    id uuid primary key, company_id uuid not null, reservation_id uuid not null references reservation (id), event_id uuid not null,
    equipment_id uuid not null references equipment (id), kit_id uuid,
    quantity int not null check (quantity > 0),
    -- Asked; and blocked: with preparation before and turnaround after, as the equipment had them when it was decided.
    asked_from timestamptz not null, asked_to timestamptz not null check (asked_to > asked_from),
    starts_at timestamptz not null, ends_at timestamptz not null check (ends_at > starts_at),
    -- requested lines are not here; rejected ones (allowPartial) are, and take nothing.
    status text not null check (status in ('reserved', 'delivered', 'returned', 'rejected', 'cancelled')),
    delivered int not null default 0, returned int not null default 0, damaged int not null default 0, missing int not null default 0,
    -- When the first piece left. Before starts_at, pieces that are out count from here.
    out_since timestamptz,
    -- The order of decisions within the company, for "newest decisions first": the version of its partition, and the place in the batch.
    decided_seq bigint not null, decided_at timestamptz not null,
    check (delivered <= quantity), check (returned + missing <= delivered), check (damaged <= returned)
  );
  -- What the overlap query looks in. Lines that take nothing are not in it.
  create index reservation_line_taken on reservation_line (equipment_id, starts_at, ends_at) include (quantity) where status in ('reserved', 'delivered');
  -- A start tells where to look only when lines are short. Those that last longer than 14 days are found here.
  create index reservation_line_long on reservation_line (equipment_id, starts_at) where status in ('reserved', 'delivered') and ends_at - starts_at > interval '336 hours';
  -- Out now, early ones and late ones too: they are taken whatever their dates.
  create index reservation_line_out on reservation_line (equipment_id, asked_to) where delivered > returned + missing;
  create index reservation_line_of on reservation_line (reservation_id);
  -- Which reservations had this equipment, whatever became of them.
  create index reservation_line_by_equipment on reservation_line (equipment_id, reservation_id);
  create index reservation_line_of_event on reservation_line (event_id);

  create table maintenance (
    id uuid primary key, company_id uuid not null, version int not null, equipment_id uuid not null references equipment (id), unit_ids uuid[] not null default '{}',
    quantity int not null check (quantity > 0), priority text not null, status text not null, problem text not null, solution text,
    cost_amount bigint, cost_currency char(3), technician_id uuid,
    starts_at timestamptz not null, expected_end_at timestamptz, started_at timestamptz, completed_at timestamptz, cancel_reason text,
    reservation_line_id uuid,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  );
  create index maintenance_newest on maintenance (company_id, created_at, id);
  create index maintenance_by_status on maintenance (company_id, status, created_at, id);
  create index maintenance_of on maintenance (equipment_id, created_at, id);
  create index maintenance_open on maintenance (equipment_id, starts_at) include (quantity, expected_end_at) where status in ('pending', 'in_progress');
  create index maintenance_by_technician on maintenance (company_id, technician_id, created_at, id);

  create table loss (
    id uuid primary key, company_id uuid not null, version int not null, equipment_id uuid not null references equipment (id),
    reservation_id uuid not null, line_id uuid not null references reservation_line (id),
    quantity int not null check (quantity > 0), status text not null, note text, lost_at timestamptz not null, settled_at timestamptz,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  );
  create index loss_newest on loss (company_id, created_at, id);
  create index loss_of on loss (equipment_id, created_at, id);
  create index loss_open on loss (equipment_id) include (quantity) where status = 'open';

  -- The exact excess of what is promised over what there is, line by line; rows vanish when reality allows.
  create table shortage (
    line_id uuid primary key references reservation_line (id), company_id uuid not null, equipment_id uuid not null, reservation_id uuid not null, event_id uuid not null,
    short int not null check (short > 0), since timestamptz not null
  );
  create index shortage_of on shortage (equipment_id);
  create index shortage_of_reservation on shortage (reservation_id);

  -- When time alone changes what is free (a line becomes late, a repair overdue): a timer looks again then. Ids only, so not fenced by company.
  create table due (company_id uuid not null, due_at timestamptz not null, equipment_id uuid not null, reservation_id uuid);
  create index due_next on due (due_at);
  create index due_of on due (company_id, due_at);
  grant select, insert, delete on due to inventory, inventory_batch;

  -- Mirror of events' names, for refusals.
  create table event_name (id uuid primary key, company_id uuid not null, sequence int not null, name text not null);
  -- Mirror of identity's companies: the zone their days are counted in.
  -- Mirror of identity's people, for whom repairs are given to.
  create table person (id uuid primary key, company_id uuid not null, sequence int not null, active boolean not null);
  create table company_zone (id uuid primary key, company_id uuid not null, sequence int not null, time_zone text not null);
`;

export const start: Migration = {
  at: 1764000000000, name: 'start',
  sql: infrastructureSql('inventory') + sql + termTableSql('equipment') + tenantSql('inventory',
    'category', 'reference_counter', 'equipment', 'equipment_term', 'unit', 'status_change', 'partition', 'reservation', 'decision', 'reservation_line', 'maintenance', 'loss', 'shortage', 'event_name', 'company_zone', 'person'),
};
