/** A reservation in plain pg: a transaction and a row lock per request. argv: databaseUrl, companyId, width, seconds, file with equipment ids */
import { Pool } from 'pg';
import { idsIn, message, peak, requests, run, uuid7, type Request } from './work.js';

const [url, companyId, width, seconds, file] = process.argv.slice(2) as [string, string, string, string, string];

async function reserve(pool: Pool, request: Request): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const wanted = request.lines.map(({ equipmentId }) => equipmentId);
    const stock = await client.query<{ id: string; total: number }>({ name: 'lock', text: 'select id, quantity_total as total from equipment where id = any($1::uuid[]) order by id for update', values: [wanted] });
    for (const line of request.lines) {
      const taken = await client.query<{ from: Date; to: Date; quantity: number }>({
        name: 'taken', text: `select starts_at as from, ends_at as to, quantity from reservation_line where equipment_id = $1 and starts_at < $3 and ends_at > $2 and status in ('reserved', 'delivered')`,
        values: [line.equipmentId, line.from, line.to],
      });
      const total = stock.rows.find(({ id }) => id === line.equipmentId)!.total;
      if (peak(taken.rows, line.from, line.to) + line.quantity > total) { await client.query('rollback'); return false; }
    }
    await client.query({ name: 'reservation', text: `insert into reservation (id, company_id, event_id, version, revision, status, decided_at) values ($1, $2, $3, 1, 1, 'reserved', now())`, values: [request.id, companyId, request.eventId] });
    await client.query({
      name: 'lines',
      text: `insert into reservation_line (id, company_id, reservation_id, event_id, equipment_id, quantity, asked_from, asked_to, starts_at, ends_at, status, decided_seq, decided_at)
        select id, $2, $3, $4, equipment, quantity, "from", "to", "from", "to", 'reserved', 0, now() from unnest($1::uuid[], $5::uuid[], $6::int[], $7::timestamptz[], $8::timestamptz[]) x(id, equipment, quantity, "from", "to")`,
      values: [request.lines.map(uuid7), companyId, request.id, request.eventId, wanted, request.lines.map(({ quantity }) => quantity), request.lines.map(({ from }) => from), request.lines.map(({ to }) => to)],
    });
    await client.query({ name: 'outbox', text: 'insert into outbox (id, aggregate_id, sequence, subject, message) values ($1, $2, 1, $3, $4)', values: [uuid7(), request.id, `evt.${companyId}.inventory.reservation.reserved.v1`, message(request, companyId)] });
    await client.query('commit');
    return true;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function main(): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 16 });
  const next = requests(idsIn(file));
  await run(Number(width), Number(seconds), () => reserve(pool, next()));
  await pool.end();
}
void main();
