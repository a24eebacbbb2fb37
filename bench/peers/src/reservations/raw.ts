/** The machine's limit: the same rows in batches of 256 by one statement, nothing decided. argv: databaseUrl, companyId, width, seconds, file with equipment ids */
import { Client } from 'pg';
import { idsIn, message, requests, run, uuid7, type Request } from './work.js';

const [url, companyId, width, seconds, file] = process.argv.slice(2) as [string, string, string, string, string];

const write = {
  name: 'write',
  text: `with r as (
      insert into reservation (id, company_id, event_id, version, revision, status, decided_at) select id, $1, event, 1, 1, 'reserved', now() from unnest($2::uuid[], $3::uuid[]) x(id, event) returning id
    ), n as (
      insert into event_name (id, company_id, sequence, name) select event, $1, 0, 'Gala' from unnest($3::uuid[]) event on conflict (id) do nothing
    ), d as (
      insert into decision (reservation_id, revision, company_id, settlement_id, outcome, decided_at) select id, 1, $1, id, 'accepted', now() from unnest($2::uuid[]) id
    ), l as (
      insert into reservation_line (id, company_id, reservation_id, event_id, equipment_id, quantity, asked_from, asked_to, starts_at, ends_at, status, decided_seq, decided_at)
      select id, $1, reservation, event, equipment, 1, "from", "to", "from", "to", 'reserved', 0, now()
      from unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::timestamptz[], $9::timestamptz[]) x(id, reservation, event, equipment, "from", "to")
    ), o as (
      insert into outbox (id, aggregate_id, sequence, subject, message) select id, aggregate, 1, 'evt.raw.inventory.reservation.reserved.v1', message from unnest($10::uuid[], $2::uuid[], $11::text[]) x(id, aggregate, message) returning day, position
    ) insert into outbox_pending (day, position) select day, position from o`,
};

async function main(): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  // References of one statement are checked at its end, where all its rows are there.
  const next = requests(idsIn(file));
  let waiting: { request: Request; done: () => void }[] = [];
  let busy = false;
  const work = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, 256);
      waiting = waiting.slice(256);
      const all = batch.map(({ request }) => request);
      const lines = all.flatMap((request) => request.lines.map((line) => ({ ...line, request })));
      await client.query({
        ...write,
        values: [companyId, all.map(({ id }) => id), all.map(({ eventId }) => eventId), lines.map(uuid7), lines.map(({ request }) => request.id), lines.map(({ request }) => request.eventId),
          lines.map(({ equipmentId }) => equipmentId), lines.map(({ from }) => from), lines.map(({ to }) => to), all.map(uuid7), all.map((request) => message(request, companyId))],
      });
      for (const { done } of batch) done();
    }
    busy = false;
  };
  await run(Number(width), Number(seconds), () => new Promise((done) => { waiting.push({ request: next(), done: () => done(true) }); queueMicrotask(() => void work()); }));
  await client.end();
}
void main();
