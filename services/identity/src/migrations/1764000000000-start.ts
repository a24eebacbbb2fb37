/** The first tables of identity. */
import { infrastructureSql, tenantSql, termTableSql, type Migration } from '@regie/store';

/** A person's rows where it belongs to no company: seen by that person alone. */
const aloneSql = (table: string, person = 'person_id'): string => `
  create policy one_person on ${table} to identity
    using (company_id is null and ${person} = (select nullif(current_setting('app.person', true), '')::uuid))
    with check (company_id is null and ${person} = (select nullif(current_setting('app.person', true), '')::uuid));
`;

const sql = `
  create table company (
    id uuid primary key, company_id uuid not null generated always as (id) stored, version int not null,
    name text not null, siret char(14), time_zone text not null, currency char(3) not null, locale text not null check (locale in ('fr', 'en')),
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  );

  create table person (
    -- Deferred: a person is written before its company, since the address may turn out to be taken.
    id uuid primary key, company_id uuid references company (id) deferrable initially deferred, version int not null,
    email text not null check (email = lower(email)), password_hash text not null,
    first_name text not null, last_name text not null, phone text,
    roles text[] not null, platform_admin boolean not null default false, active boolean not null default true, email_verified boolean not null default false,
    last_login_at timestamptz, created_at timestamptz not null default now(), updated_at timestamptz not null default now(), archived_at timestamptz,
    check (company_id is not null or roles = '{}')
  );
  comment on column person.company_id is 'Null for a person alone, who sees only itself.';
  create unique index person_email on person (email) where archived_at is null;
  create index person_newest on person (company_id, created_at, id);
  create index person_by_name on person (company_id, last_name, id);
  create index person_platform_admin on person (id) where platform_admin;

  create table session (
    id uuid primary key, company_id uuid, person_id uuid not null references person (id), version int not null,
    ip text not null, user_agent text not null,
    created_at timestamptz not null default now(), last_seen_at timestamptz not null default now(), ended_at timestamptz, ended_because text
  );
  comment on table session is 'A sign-in: the family of its refresh tokens.';
  create index session_of on session (person_id, created_at, id);
  create index session_age on session (created_at);

  create table refresh_token (
    hash bytea primary key check (length(hash) = 32), company_id uuid, person_id uuid not null references person (id),
    session_id uuid not null references session (id) on delete cascade,
    issued_at timestamptz not null default now(), used_at timestamptz, successor bytea
  );
  comment on table refresh_token is 'SHA-256 of each token ever given, while its family lives: a second use is known as one.';
  create index refresh_token_of on refresh_token (session_id);

  create table login (
    id uuid primary key, company_id uuid, person_id uuid not null references person (id),
    at timestamptz not null default now(), ip text not null, user_agent text not null,
    outcome text not null check (outcome in ('success', 'wrong_password', 'limited', 'inactive'))
  );
  create index login_of on login (person_id, at, id);

  create table ended_access (
    id uuid primary key, company_id uuid, person_id uuid not null references person (id), session_id uuid, not_before timestamptz not null
  );
  create index ended_access_age on ended_access (not_before);
` + termTableSql('person') + infrastructureSql('identity') + tenantSql('identity', 'company', 'person', 'person_term', 'session', 'refresh_token', 'login', 'ended_access')
  + aloneSql('person', 'id') + ['session', 'refresh_token', 'login', 'ended_access'].map((table) => aloneSql(table)).join('') + `
  -- Sign-in's own tables: they name no company and nobody, and are fenced by holding nothing that could be read.
  create table signing_key (
    id uuid primary key, signs_from timestamptz not null, public_key jsonb not null, sealed_private_key bytea not null, created_at timestamptz not null default now()
  );
  comment on table signing_key is 'Keys of access tokens. Private parts are sealed with IDENTITY_KEY_SECRET.';
  create table sign_in_failures (attempt bytea primary key, count int not null, last_at timestamptz not null);
  comment on table sign_in_failures is 'Wrong passwords in a row. The key is an HMAC of address and origin.';
  create index sign_in_failures_age on sign_in_failures (last_at);
  create table forgiven_refresh (hash bytea primary key, sealed bytea not null, until timestamptz not null);
  comment on table forgiven_refresh is 'Successors of tokens used a moment ago, sealed with the used token itself: two requests of one browser get the same.';
  create index forgiven_refresh_age on forgiven_refresh (until);
  grant select, insert, update, delete on signing_key, sign_in_failures, forgiven_refresh to identity;

  -- Before a company is known: from an address or a token to the company it is of, and no further.
  grant usage on schema public to identity_platform;
  grant select (id, company_id, email, platform_admin, archived_at) on person to identity_platform;
  create policy sign_in on person for select to identity_platform using (true);
  grant select (hash, company_id, person_id, session_id) on refresh_token to identity_platform;
  create policy sign_in on refresh_token for select to identity_platform using (true);
  grant select, delete on ended_access to identity_platform;
  create policy recent on ended_access for select to identity_platform using (true);
  create policy forgotten on ended_access for delete to identity_platform using (not_before < now() - interval '1 hour');
  -- A family lives 30 days: what is older is of no use to anybody.
  grant select (id, created_at), delete on session to identity_platform;
  create policy aged on session for select to identity_platform using (created_at < now() - interval '31 days');
  create policy aged_out on session for delete to identity_platform using (created_at < now() - interval '31 days');
`;

export const start: Migration = { at: 1764000000000, name: 'start', sql };
