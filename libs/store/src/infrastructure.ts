/** SQL that every service's first migration runs: the tables of messages and of remembered answers, and the fences between companies. */

/** Outbox, inbox, quarantine and idempotency. They hold no business rows and have no row-level security. */
export const infrastructureSql = (service: string): string => `
  create table outbox (
    day date not null default (now() at time zone 'utc')::date,
    position bigint generated always as identity,
    id uuid not null,
    aggregate_id uuid not null,
    sequence int not null,
    subject text not null,
    message text not null,
    primary key (day, position),
    unique (day, aggregate_id, sequence)
  ) partition by range (day);
  comment on table outbox is 'Every fact and command told, kept 30 days at least: the streams can be filled again from it.';
  create table outbox_pending (day date not null, position bigint not null, primary key (position));
  comment on table outbox_pending is 'What the relay has still to send.';

  -- The run-time role may not make tables; this one kind it may, with a name it cannot choose.
  create function outbox_prepare(days int default 3) returns void language plpgsql security definer set search_path = public as $$
  declare first date;
  begin
    perform pg_advisory_xact_lock(hashtext('outbox_prepare'));
    for first in select generate_series((now() at time zone 'utc')::date - 1, (now() at time zone 'utc')::date + days, '1 day')::date loop
      if to_regclass(format('outbox_%s', to_char(first, 'YYYYMMDD'))) is null then
        -- A fact of some kilobytes is kept as it is: compressing each costs more than the bytes it saves.
        execute format('create table %I partition of outbox for values from (%L) to (%L) with (toast_tuple_target = 8160)', 'outbox_' || to_char(first, 'YYYYMMDD'), first, first + 1);
      end if;
    end loop;
  end $$;
  select outbox_prepare();
  -- Where no partition was made in time nothing is lost.
  create table outbox_default partition of outbox default;

  create table inbox (consumer text not null, message_id uuid not null, handled_at timestamptz not null default now(), primary key (consumer, message_id));
  create index inbox_age on inbox (handled_at);
  comment on table inbox is 'Messages whose effect is done: a second delivery does nothing.';

  create table quarantine (
    id uuid primary key default uuidv7(),
    stream text not null, consumer text not null, stream_sequence bigint not null, subject text not null, bytes bytea not null, reason text not null,
    quarantined_at timestamptz not null default now(), replayed_at timestamptz,
    unique (stream, consumer, stream_sequence)
  );
  comment on table quarantine is 'Messages that could not be read. See: npx regie quarantine.';

  create table idempotency (
    company_id uuid not null, user_id uuid not null, operation text not null, key text not null, fingerprint bytea not null,
    status int, type text, body text, etag text, location text, settles text,
    created_at timestamptz not null default now(),
    primary key (company_id, user_id, operation, key)
  );
  create index idempotency_age on idempotency (created_at);

  grant usage on schema public to ${service}, ${service}_batch;
  grant select, insert on outbox to ${service}, ${service}_batch;
  grant select, insert, delete on outbox_pending, inbox to ${service}, ${service}_batch;
  grant select, insert, update on quarantine to ${service}, ${service}_batch;
  grant select, insert, update, delete on idempotency to ${service}, ${service}_batch;
  revoke execute on function outbox_prepare(int) from public;
  grant execute on function outbox_prepare(int) to ${service};
`;

/**
 * Fences a business table by company: the run-time role sees the company of its transaction, the batch role those it named.
 * The table has a column `company_id uuid not null`.
 */
export const tenantSql = (service: string, ...tables: readonly string[]): string => tables.map((table) => `
  alter table ${table} enable row level security;
  create policy one_company on ${table} to ${service}
    using (company_id = (select current_setting('app.company')::uuid)) with check (company_id = (select current_setting('app.company')::uuid));
  -- "in (select unnest(…))" is planned once; "= any(array)" costs five times as much.
  create policy many_companies on ${table} to ${service}_batch
    using (company_id in (select unnest(current_setting('app.companies')::uuid[]))) with check (company_id in (select unnest(current_setting('app.companies')::uuid[])));
  grant select, insert, update, delete on ${table} to ${service}, ${service}_batch;
`).join('');
