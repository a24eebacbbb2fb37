/** Databases of events with a year's planned events in them. */
import { migrate, provisionDatabase } from '@regie/store';
import pg from 'pg';
import { migrations } from '../../services/events/src/database.ts';

export interface Planned {
  readonly url: string;
  readonly ownerUrl: string;
  readonly eventIds: readonly string[];
  drop(): Promise<void>;
}

const password = 'bench-only';
let made = 0;

/** Events of three days each over 2027, all of one company. */
export async function plannedEvents(adminUrl: string, companyId: string, count: number): Promise<Planned> {
  const name = `events_${++made}`;
  const as = (user?: string): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    if (user) { url.username = user; url.password = password; }
    return url.href;
  };
  await provisionDatabase(adminUrl, 'events', { ownerPassword: password, password }, { database: name });
  await migrate(as('events_owner'), migrations);
  const client = new pg.Client({ connectionString: as() });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(`insert into event
      (id, company_id, version, name, category, status, installation_at, start_at, end_at, dismantling_at, time_zone, details, created_at, updated_at)
    select uuidv7(), $1, 1, 'Gala ' || n, 'mixed', 'planned', at, at + interval '1 day', at + interval '2 days', at + interval '3 days', 'Europe/Paris', '{}', now(), now()
    from (select n, timestamptz '2027-01-01 08:00Z' + (n % 360) * interval '1 day' as at from generate_series(1, $2::int) n) planned returning id`, [companyId, count]);
  await client.query('vacuum analyze event');
  await client.end();
  return {
    url: as('events'), ownerUrl: as('events_owner'), eventIds: rows.map(({ id }) => id),
    async drop() {
      const admin = new pg.Client({ connectionString: adminUrl });
      await admin.connect();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
