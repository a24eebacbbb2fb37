/** The relay: what the outbox holds goes to the streams, in order, at least once. One per service works at a time. */
import { openPublisher, type Bus, type Publisher } from '@regie/bus';
import pg from 'pg';
import { housekeepingMs, keepHouse } from './housekeeping.ts';

export interface RelayStatus {
  /** Messages not sent yet. */
  pending: number;
  /** Seconds the oldest of them waits. */
  oldestSeconds: number;
  leading: boolean;
}

export interface Relay {
  /** Something was committed: look now. */
  kick(): void;
  status(): RelayStatus;
  /** Sends what is there, then stops. */
  stop(): Promise<void>;
}

const window = 500;
const leadership = 7_134_603;
/** For what another replica committed whose waking was lost. */
const slowPollMs = 1_000;

/** The next window after a position. One that commits late with a lower position is found when reading starts again at 0. */
const read = {
  name: 'relay-read', rowMode: 'array',
  text: `select p.position, o.id, o.subject, o.message from (select day, position from outbox_pending where position > $1 order by position limit ${window}) p
    join outbox o on o.day = p.day and o.position = p.position order by p.position`,
} as const;
type Row = readonly [position: number, id: string, subject: string, message: string];
const sent = { name: 'relay-sent', text: 'delete from outbox_pending where position = any($1::bigint[])' };
const measure = `select count(*)::int as pending, coalesce(extract(epoch from now() - min(uuid_extract_timestamp(o.id))), 0)::float as oldest
  from (select day, position from outbox_pending order by position limit 10000) p join outbox o on o.day = p.day and o.position = p.position`;

/**
 * @param url of the service's run-time role; the relay keeps a connection of its own, since leadership is a lock of its session
 */
export function startRelay(bus: Bus, url: string, onError: (error: unknown) => void): Relay {
  const publisher: Publisher = openPublisher(bus);
  const status: RelayStatus = { pending: 0, oldestSeconds: 0, leading: false };
  let stopping = false;
  let again = true;
  let wake: (() => void) | undefined;
  const kick = () => { again = true; wake?.(); wake = undefined; };

  // Commits of other replicas wake the leader too; a core message costs a thousandth of a NOTIFY.
  const waking = bus.nc.subscribe(`wake.${bus.user}`, { callback: () => kick() });

  const rest = (ms: number) => new Promise<void>((resolve) => {
    if (again || stopping) { resolve(); return; }
    const timer = setTimeout(resolve, ms);
    wake = () => { clearTimeout(timer); resolve(); };
  });

  /** While one window is on its way, the next is read and the last one's pending rows go; a window is sent only after every ack of the one before. */
  const sendAll = async (client: pg.Client): Promise<void> => {
    const readAfter = (position: number) => client.query<Row>({ ...read, values: [position] } as never) as unknown as Promise<{ rows: Row[] }>;
    let { rows } = await readAfter(0);
    let clearing: Promise<unknown> = Promise.resolve();
    while (rows.length > 0) {
      const following = rows.length === window ? readAfter(rows.at(-1)![0]) : undefined;
      // Its failure is seen where it is awaited, even when publishing fails first.
      following?.catch(() => undefined);
      await publisher.publish(rows.map(([, id, subject, message]) => ({ id, subject, message })));
      await clearing;
      // Only after every ack: a crash before it sends the window again, with the same ids.
      clearing = client.query({ ...sent, values: [rows.map(([position]) => position)] });
      clearing.catch(() => undefined);
      rows = following ? (await following).rows : [];
    }
    await clearing;
  };

  /** Leads until its connection breaks. */
  const lead = async (client: pg.Client): Promise<void> => {
    let measured = 0;
    let tidied = 0;
    while (!stopping || again) {
      again = false;
      await sendAll(client);
      if (Date.now() - tidied > housekeepingMs) {
        tidied = Date.now();
        await keepHouse(client);
      }
      if (Date.now() - measured > 1_000) {
        measured = Date.now();
        const [{ pending, oldest } = { pending: 0, oldest: 0 }] = (await client.query<{ pending: number; oldest: number }>(measure)).rows;
        Object.assign(status, { pending, oldestSeconds: oldest });
      }
      if (!stopping) await rest(slowPollMs);
    }
  };

  const work = async (): Promise<void> => {
    let pause = 100;
    while (!stopping) {
      const client = new pg.Client({ connectionString: url, application_name: `${bus.user}-relay`, keepAlive: true, connectionTimeoutMillis: 5_000 });
      // Without a listener a lost connection would end the process.
      client.on('error', onError);
      try {
        await client.connect();
        const { rows: [got] } = await client.query<{ leads: boolean }>('select pg_try_advisory_lock($1) as leads', [leadership]);
        status.leading = got?.leads ?? false;
        if (status.leading) {
          pause = 100;
          await lead(client);
        } else {
          await new Promise<void>((resolve) => { const timer = setTimeout(resolve, 1_000); timer.unref(); });
        }
      } catch (error) {
        onError(error);
        pause = Math.min(5_000, pause * 2);
        await new Promise((resolve) => { setTimeout(resolve, pause).unref(); });
      } finally {
        status.leading = false;
        await client.end().catch(() => undefined);
      }
    }
  };

  const working = work();
  return {
    kick: () => {
      if (status.leading) kick();
      else if (!bus.nc.isClosed()) bus.nc.publish(`wake.${bus.user}`);
    },
    status: () => ({ ...status }),
    async stop() {
      stopping = true;
      kick();
      await Promise.race([working, new Promise((resolve) => { setTimeout(resolve, 5_000).unref(); })]);
      waking.unsubscribe();
      publisher.close();
    },
  };
}
