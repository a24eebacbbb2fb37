/** Looks behind the services: what was told, and what the trail holds. For the claims that no answer through the door can prove. */
import { MongoClient, type Binary } from 'mongodb';
import pg from 'pg';
import { unpacked } from '../../services/audit/src/packed.ts';
import { keptEntryOf } from '../../services/audit/src/trail/entry.ts';
import type { Regie } from '../../stack/src/index.ts';

export interface Ledger {
  /** Ids of all facts told, by every service's outbox. */
  facts(): Promise<string[]>;
  /** Ids of the trail's entries. */
  audited(): Promise<string[]>;
  /** Messages that wait to be sent, over all services. */
  pending(): Promise<number>;
  inventory<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  events<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openLedger({ databases, servers }: Regie): Promise<Ledger> {
  const pools = Object.fromEntries(Object.entries(databases).map(([name, { ownerUrl }]) => {
    const pool = new pg.Pool({ connectionString: ownerUrl, max: 2 });
    pool.on('error', () => undefined);
    return [name, pool];
  }));
  const query = async <Row>(service: string, sql: string, values: unknown[] = []): Promise<Row[]> => (await pools[service]!.query(sql, values)).rows as Row[];
  const everywhere = async <Row>(sql: string): Promise<Row[]> => (await Promise.all(Object.keys(pools).map((service) => query<Row>(service, sql)))).flat();
  return {
    facts: async () => (await everywhere<{ id: string }>("select id from outbox where subject not like 'cmd.%'")).map(({ id }) => id),
    pending: async () => (await everywhere<{ n: number }>('select count(*)::int as n from outbox_pending')).reduce((sum, { n }) => sum + n, 0),
    async audited() {
      const client = await new MongoClient(servers.mongodb.url, { serverSelectionTimeoutMS: 3_000 }).connect();
      try {
        const blocks = await client.db('audit').collection<{ body: Binary }>('blocks').find({}, { projection: { body: 1 } }).toArray();
        const entries = blocks.flatMap(({ body }) => unpacked(body.buffer).map(keptEntryOf));
        // The gateway tells facts of its own, which stand in no outbox.
        return entries.filter(({ source }) => source !== '/gateway').map(({ id }) => id);
      } finally {
        await client.close();
      }
    },
    inventory: (sql, values) => query('inventory', sql, values),
    events: (sql, values) => query('events', sql, values),
    async close() { await Promise.all(Object.values(pools).map((pool) => pool.end())); },
  };
}

/** The most pieces promised over what there is, at any instant, of any equipment: 0 or less when nothing is over-promised. Lines at risk are left out, as the invariant says. */
export const overPromised = `
  with taken as (
    select l.equipment_id, l.starts_at as at, l.quantity as change from reservation_line l
      left join shortage s on s.line_id = l.id where l.status in ('reserved', 'delivered') and s.line_id is null
    union all
    select l.equipment_id, l.ends_at, -l.quantity from reservation_line l left join shortage s on s.line_id = l.id where l.status in ('reserved', 'delivered') and s.line_id is null
  ), running as (
    select equipment_id, sum(change) over (partition by equipment_id order by at, change rows unbounded preceding) as used from taken
  )
  select coalesce(max(used - e.quantity_total), 0)::int as over from running join equipment e on e.id = equipment_id`;
