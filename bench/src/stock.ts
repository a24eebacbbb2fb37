/** Databases of inventory full of equipment and reservations: made once as a template, copied for each slice, so that all begin alike. */
import { migrate, provisionDatabase } from '@regie/store';
import pg from 'pg';
import { migrations } from '../../services/inventory/src/database.ts';

export interface Company { readonly id: string; readonly equipmentIds: readonly string[] }

export interface Stock {
  readonly companies: readonly Company[];
  /** Of the first company, apart from its others: with pieces for all who ask. */
  readonly hotId: string;
  /** The first company's; nothing of it is promised and most of what is asked is refused. */
  readonly scarceId: string;
  /** A copy with its addresses; `drop` it. */
  copy(): Promise<Copy>;
}

export interface Copy {
  /** Of the run-time role, fenced by company. */
  readonly url: string;
  /** Of the owner: no fences. Peers are given this one. */
  readonly ownerUrl: string;
  query<Found = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Found[]>;
  /** How many instants of how many equipment are promised beyond what there is, from the rows alone. */
  overPromised(): Promise<number>;
  drop(): Promise<void>;
}

const password = 'bench-only';
let made = 0;

/**
 * Makes a template with 1,000 equipment of 40 pieces and existing lines spread over the five years until 2028.
 * @param companies the equipment is shared out among them
 */
export async function stockOf(adminUrl: string, lines: number, companies = 1): Promise<Stock> {
  const name = `base_${++made}`;
  const as = (database: string, user?: string): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    if (user) { url.username = user; url.password = password; }
    return url.href;
  };
  await provisionDatabase(adminUrl, 'inventory', { ownerPassword: password, password }, { database: name });
  await migrate(as(name, 'inventory_owner'), migrations);
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  const filled = await fill(as(name), lines, companies);
  await admin.query('checkpoint');
  await admin.end();
  return { ...filled, copy: () => copyOf(adminUrl, name, as) };
}

async function fill(url: string, lines: number, companies: number): Promise<Pick<Stock, 'companies' | 'hotId' | 'scarceId'>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // References are right by construction; checking a million of them takes minutes.
    await client.query(`set session_replication_role = replica; select setseed(0.42)`);
    await client.query(`create temp table company as select uuidv7() as id, n from generate_series(0, ${companies - 1}) n`);
    await client.query(`create temp table shelf as
      select uuidv7() as id, n, (select id from company c where c.n = s.n % ${companies}) as company_id from generate_series(0, 1001) s (n)`);
    await client.query(`insert into equipment (id, company_id, version, reference, name, category, tracking, quantity_total)
      select id, case when n < 1000 then company_id else (select id from company where n = 0) end, 1, 'SND-' || n, 'Equipment ' || n, 'sound', 'bulk',
        case n when 1000 then 1000000 when 1001 then 2 else 40 end from shelf`);
    await client.query(`create temp table past as select uuidv7() as id, uuidv7() as event_id, n,
      timestamptz '2023-01-01 00:00Z' + floor(random() * 1825) * interval '1 day' + floor(random() * 24) * interval '1 hour' as starts
      from generate_series(0, ${Math.ceil(lines / 2) - 1}) n`);
    await client.query(`insert into reservation (id, company_id, version, event_id, revision, status, decided_at)
      select p.id, s.company_id, 1, p.event_id, 1, 'reserved', now() from past p join shelf s on s.n = (p.n * 7) % 1000`);
    await client.query(`insert into reservation_line (id, company_id, reservation_id, event_id,
      equipment_id, quantity, asked_from, asked_to, starts_at, ends_at, status, decided_seq, decided_at)
      select uuidv7(), s.company_id, p.id, p.event_id, s.id, 1 + floor(random() * 3)::int, p.starts,
        p.starts + (1 + p.n % 5) * interval '1 day', p.starts, p.starts + (1 + p.n % 5) * interval '1 day', 'reserved', 0, now()
      from past p cross join generate_series(0, 1) o join shelf s on s.n = (p.n * 7 + o * ${companies}) % 1000 limit ${lines}`);
    // Only what holds rows: a table known to be empty is planned for as one that stays so.
    await client.query('vacuum analyze equipment, reservation, reservation_line');
    const { rows } = await client.query<Company>('select company_id as id, array_agg(id order by n) filter (where n < 1000) as "equipmentIds" from shelf where n < 1000 group by company_id order by min(n)');
    const special = await client.query<{ id: string }>('select id from shelf where n >= 1000 order by n');
    return { companies: rows, hotId: special.rows[0]!.id, scarceId: special.rows[1]!.id };
  } finally {
    await client.end();
  }
}

async function copyOf(adminUrl: string, template: string, as: (database: string, user?: string) => string): Promise<Copy> {
  const name = `run_${++made}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${name} template ${template} strategy file_copy`);
  const client = new pg.Client({ connectionString: as(name) });
  // When a run is cut off the server goes first.
  for (const one of [admin, client]) one.on('error', () => undefined);
  await client.connect();
  const query = async <Found>(sql: string, values: unknown[] = []): Promise<Found[]> => (await client.query(sql, values)).rows as Found[];
  return {
    url: as(name, 'inventory'), ownerUrl: as(name, 'inventory_owner'), query,
    overPromised: async () => (await query<{ n: number }>(sweep))[0]!.n,
    async drop() {
      await client.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

/** The sum over time of what is promised of each equipment: ends come before beginnings at the same instant, since periods are half-open. */
const sweep = `
  select count(*)::int as n from (
    select equipment_id, sum(change) over (partition by equipment_id order by at, change rows unbounded preceding) as taken from (
      select equipment_id, starts_at as at, quantity as change from reservation_line where status in ('reserved', 'delivered')
      union all select equipment_id, ends_at, -quantity from reservation_line where status in ('reserved', 'delivered')) steps) over_time
  join equipment on equipment.id = over_time.equipment_id where taken > quantity_total`;
