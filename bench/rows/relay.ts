/** The outbox relay against the client's own publish, and against publishing alone. */
import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { connectBus, closeBus, openPublisher, type Bus, type Outgoing } from '@regie/bus';
import { services } from '@regie/contracts';
import { infrastructureSql, startRelay, uuid7, type Migration } from '@regie/store';
import { eventually, freshDatabase, freshNats, type FreshDatabase } from '@regie/testing';
import pg from 'pg';
import { terminal } from '../../stack/src/base/screen.ts';
import { startTestServers } from '../../stack/src/test-servers.ts';
import { against, inTurn, median, percentile, type Line, type Run, type Slice } from '../src/measure.ts';

const facts = 20_000;
const subject = `evt.${uuid7()}.inventory.equipment.created.v1`;
const message = JSON.stringify({ specversion: '1.0', type: services.inventory.name, data: 'x'.repeat(360) });
const schema: Migration = { at: 1764000000000, name: 'start', sql: infrastructureSql('inventory') };

/** Makes `facts` messages wait in the outbox. */
const fill = (db: FreshDatabase) => db.query(
  `with logged as (insert into outbox (id, aggregate_id, sequence, subject, message) select uuidv7(), uuidv7(), 1, $1, $2 from generate_series(1, ${facts}) returning day, position)
   insert into outbox_pending (day, position) select day, position from logged`, [subject, message]);

const drained = (db: FreshDatabase) => eventually(() => db.query<{ n: number }>('select count(*)::int as n from outbox_pending'), ([row]) => row!.n === 0, 120_000);

/** As one would write it with the client: the same windows, each message published and awaited by `js.publish`. */
async function relayWithClient(js: JetStreamClient, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (;;) {
    const { rows } = await client.query<Outgoing & { position: number }>(
      'select p.position, o.id, o.subject, o.message from (select day, position from outbox_pending order by position limit 500) p join outbox o on o.day = p.day and o.position = p.position order by p.position');
    if (rows.length === 0) break;
    await Promise.all(rows.map((row) => js.publish(row.subject, row.message, { msgID: row.id })));
    await client.query('delete from outbox_pending where position = any($1::bigint[])', [rows.map(({ position }) => position)]);
  }
  await client.end();
}

export async function relay(run: Run): Promise<Line[]> {
  const servers = await startTestServers(terminal, {});
  Object.assign(process.env, servers.env);
  const [db, nats] = await Promise.all([freshDatabase('inventory', [schema]), freshNats({ maxBytes: 1024 ** 3 })]);
  const bus = await connectBus(nats.url('inventory'));
  // The client with its own defaults, as its documentation connects.
  const { username, password, host } = new URL(nats.url('inventory'));
  const plain = await connect({ servers: host, user: username, pass: password, inboxPrefix: '_INBOX.inventory' });
  const js = jetstream(plain, { checkAPI: false });
  const timed = async (work: () => Promise<unknown>): Promise<Slice> => {
    const [begun, used] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(used);
    return { perSecond: (facts / (performance.now() - begun)) * 1_000, cpuUs: (user + system) / facts };
  };
  try {
    const slices = await inTurn(run, {
      async ours() {
        await fill(db);
        return timed(async () => {
          const running = startRelay(bus, db.url, (error) => { throw error; });
          await drained(db);
          await running.stop();
        });
      },
      async 'js.publish window of 500'() { await fill(db); return timed(() => relayWithClient(js, db.url)); },
      async 'publish only'() {
        const publisher = openPublisher(bus);
        const slice = await timed(async () => {
          for (let sent = 0; sent < facts; sent += 500) await publisher.publish(Array.from({ length: 500 }, () => ({ id: uuid7(), subject, message })));
        });
        publisher.close();
        return slice;
      },
    });
    const idle = await commitToStored(db, bus);
    return [
      against('relay', slices.ours, 'js.publish window of 500', slices['js.publish window of 500'], { atLeast: 2.5 }),
      against('relay', slices.ours, 'publish only', slices['publish only'], { atLeast: 0.5 }),
      {
        what: 'commit to stored, idle: p50 / p99', ours: `${idle.p50.toFixed(1)} / ${idle.p99.toFixed(1)} ms`,
        other: 'a 10 ms poll waits 5 / 10 ms before it begins', ratio: null, goal: 'reported', met: null,
      },
    ];
  } finally {
    await plain.close();
    await closeBus(bus);
    await Promise.all([nats.drop(), db.drop()]);
    await servers.stop();
  }
}

/** How long one fact of an idle system takes from its commit to the stream's ack, as the outbox shows it. */
async function commitToStored(db: FreshDatabase, bus: Bus): Promise<{ p50: number; p99: number }> {
  const running = startRelay(bus, db.url, () => undefined);
  await eventually(() => running.status().leading, Boolean);
  const times: number[] = [];
  for (let n = 0; n < 200; n++) {
    await db.query(`with logged as (insert into outbox (id, aggregate_id, sequence, subject, message) values (uuidv7(), uuidv7(), 1, $1, $2)
      returning day, position) insert into outbox_pending (day, position) select day, position from logged`, [subject, message]);
    const begun = performance.now();
    running.kick();
    while ((await db.query('select 1 from outbox_pending')).length > 0) { /* asked again at once: the answer is the event waited for */ }
    times.push(performance.now() - begun);
  }
  await running.stop();
  return { p50: median(times), p99: percentile(times, 0.99) };
}
