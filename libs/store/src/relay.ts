/** The relay: what the outbox holds goes to the streams, in order, at least once. One per service works at a time. */
import { openPublisher, type Bus, type Outgoing, type Publisher } from '@regie/bus';
import pg from 'pg';
import { bigints } from './arrays.ts';
import { housekeepingMs, keepHouse } from './housekeeping.ts';
import { rememberTold, type Told } from './told.ts';

export interface RelayStatus {
  /** Messages not sent yet. */
  pending: number;
  /** Seconds the oldest of them waits. */
  oldestSeconds: number;
  leading: boolean;
}

export interface Relay {
  /** Something was committed: look now. What was told just now need not be read again. */
  kick(told?: readonly Told[]): void;
  status(): RelayStatus;
  /** Sends what is there, then stops. */
  stop(): Promise<void>;
}

/** Messages sent at a time. */
const windowSize = 500;
const leadership = 7_134_603;
/** For what another replica committed whose waking was lost. */
const slowPollMs = 1_000;

/**
 * Rows are looked up one by one, whatever the statistics say of tables that are empty, full and empty again within a minute:
 * planned as a join of whole tables, reading a window took milliseconds for each message. That a window is sent needs no wait for the disk:
 * forgotten by a crash, it is sent again under the same ids.
 */
const session = 'set synchronous_commit = off; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set enable_bitmapscan = off';

/** The next window after a position. One that commits late with a lower position is found when reading starts again at 0. */
const pendingAfter = { name: 'relay-pending', rowMode: 'array', text: `select position from outbox_pending where position > $1 order by position limit ${windowSize}` } as const;
const messages = 'cross join lateral (select id, subject, message from outbox where day = p.day and position = p.position offset 0) o order by p.position';
/** The same with what is to be sent: where nothing of it is known. */
const read = {
  name: 'relay-read', rowMode: 'array',
  text: `select p.position, o.id, o.subject, o.message
    from (select day, position from outbox_pending where position > $1 order by position limit ${windowSize}) p ${messages}`,
} as const;
/** What stands at these positions: what another replica told, what was told before this one led, or what memory had no room for. */
const readThese = {
  name: 'relay-read-these', rowMode: 'array',
  text: `select p.position, o.id, o.subject, o.message from unnest($1::bigint[]) as a (position)
    cross join lateral (select day, position from outbox_pending where position = a.position offset 0) p ${messages}`,
} as const;
const sent = { name: 'relay-sent', text: 'delete from outbox_pending where position = any($1::bigint[])' };
const measure = `select (select count(*)::int from (select 1 from outbox_pending limit 10000) waiting) as pending, coalesce((
  select extract(epoch from now() - uuid_extract_timestamp(o.id)) from (select day, position from outbox_pending order by position limit 1) p
  cross join lateral (select id from outbox where day = p.day and position = p.position offset 0) o), 0)::float as oldest`;

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
  const inMemory = rememberTold();

  // Commits of other replicas wake the leader too; a core message costs a thousandth of a NOTIFY.
  const waking = bus.nc.subscribe(`wake.${bus.user}`, { callback: () => kick() });

  const rest = (ms: number) => new Promise<void>((resolve) => {
    if (again || stopping) { resolve(); return; }
    const timer = setTimeout(resolve, ms);
    wake = () => { clearTimeout(timer); resolve(); };
  });

  /** What is pending says what is to be sent and in which order; memory only spares reading again what this process has just written. */
  const readAfter = async (client: pg.Client, position: number): Promise<Told[]> => {
    const rows = async (statement: typeof read | typeof readThese, value: number | Buffer): Promise<Told[]> => {
      const found = await client.query<[number, string, string, string]>({ ...statement, values: [value] } as never);
      return found.rows.map(([one, id, subject, message]) => ({ position: one, id, subject, message }));
    };
    if (!inMemory.some()) return rows(read, position);
    const pending = (await client.query<[number]>({ ...pendingAfter, values: [position] } as never)).rows.map(([one]) => one);
    const known = pending.map((one) => inMemory.at(one)).filter((one) => one !== undefined);
    if (known.length === pending.length) return known;
    const others = await rows(readThese, bigints(pending.filter((one) => inMemory.at(one) === undefined)));
    return [...known, ...others].sort((a, b) => a.position - b.position);
  };

  /** While one window is on its way, the next is read and the last one's pending rows go; a window is sent only after every ack of the one before. */
  const sendAll = async (client: pg.Client): Promise<void> => {
    inMemory.turn();
    let rows = await readAfter(client, 0);
    let clearing: Promise<unknown> = Promise.resolve();
    while (rows.length > 0) {
      const following = rows.length === windowSize ? readAfter(client, rows.at(-1)!.position) : undefined;
      // Its failure is seen where it is awaited, even when publishing fails first.
      following?.catch(() => undefined);
      await publisher.publish(rows satisfies readonly Outgoing[]);
      await clearing;
      // Only after every ack: a crash before it sends the window again, with the same ids.
      clearing = client.query({ ...sent, values: [bigints(rows.map(({ position }) => position))] });
      clearing.catch(() => undefined);
      rows = following ? await following : [];
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
      const client = new pg.Client({
        connectionString: url, application_name: `${bus.user}-relay`, keepAlive: true, connectionTimeoutMillis: 5_000, pipeline: true,
      } as pg.ClientConfig);
      // Without a listener a lost connection would end the process.
      client.on('error', onError);
      try {
        await client.connect();
        await client.query(session);
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
        inMemory.clear();
        await client.end().catch(() => undefined);
      }
    }
  };

  const working = work();
  return {
    kick(told = []) {
      if (status.leading) { inMemory.add(told); kick(); }
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
