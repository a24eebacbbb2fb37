/** Through JetStream: an order published → its decision committed, by one process that consumes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { against, inTurn, type Line, type Run, type Slice } from '../src/measure.ts';
import { plainNats } from '../src/nats.ts';
import { freePort, loaded, start, startService, type Program } from '../src/programs.ts';
import { openServers, type Running } from '../src/servers.ts';
import { stockOf, type Copy, type Stock } from '../src/stock.ts';
import { openStreams, type Streams } from '../src/streams.ts';
import { buildPeers, peer, row, scratch, service } from '../src/surroundings.ts';

/** Orders under way at once. */
const width = 256;

export interface Orders {
  readonly stock: Stock;
  readonly postgres: Running;
  readonly nats: Running;
  readonly streams: Streams;
  readonly seconds: number;
  /** A file that says which companies there are, for the program that gives the orders. */
  readonly file: string;
}

const inventoryProcess = async (copy: Copy, nats: Running): Promise<Program> =>
  startService(service('inventory'), await freePort(), { DATABASE_URL: copy.url, NATS_URL: nats.urlFor('inventory'), LOG_LEVEL: 'info' });

/** Inventory processes on a copy of the stock. */
interface Deciders {
  /**
   * Orders for some seconds; afterwards the rows must say that all were decided, each once, and nothing over-promised.
   * @param ended called when the last order is decided, with a look at how many decisions there are in the database
   */
  slice<More extends object = object>(width?: number, ended?: (decided: () => Promise<number>) => Promise<More>): Promise<Slice & More>;
  stop(): Promise<void>;
}

export async function openDeciders({ stock, postgres, nats, streams, seconds, file }: Orders, processes = 1): Promise<Deciders> {
  const copy = await stock.copy();
  await streams.purge();
  const programs = await Promise.all(Array.from({ length: processes }, () => inventoryProcess(copy, nats)));
  const decisions = async () => (await copy.query<{ made: number; twice: number }>(
    'select count(*)::int as made, (count(*) - count(distinct reservation_id))::int as twice from decision'))[0]!;
  return {
    async slice<More extends object>(orders = width, ended?: (decided: () => Promise<number>) => Promise<More>) {
      const before = await decisions();
      await streams.purge();
      const slice = await loaded([row('jetstream/orders.ts'), 'ours', nats.urlFor('events'), file, String(orders), String(seconds), nats.url],
        [...programs.map(({ pid }) => pid), postgres.pid, nats.pid]);
      const more = await ended?.(async () => (await decisions()).made - before.made);
      const { made, twice } = await decisions();
      if (made - before.made < slice.n || twice > 0) throw new Error(`${slice.n} decisions were heard of, ${made - before.made} made, ${twice} twice`);
      const wrong = await copy.overPromised();
      if (wrong > 0) throw new Error(`${wrong} instants are promised beyond what there is`);
      return { ...slice, ...(more as More) };
    },
    async stop() {
      await Promise.all(programs.map((one) => one.stop()));
      await copy.drop();
    },
  };
}

/** One slice of processes that are started for it. */
export async function decidedThroughJetStream<More extends object = object>(orders: Orders, ended?: (decided: () => Promise<number>) => Promise<More>): Promise<Slice & More> {
  const deciders = await openDeciders(orders);
  try {
    return await deciders.slice(width, ended);
  } finally {
    await deciders.stop();
  }
}

/** Servers, stock and streams for orders. @param companies that share the stock */
export async function openOrders(seconds: number, companies: number): Promise<Orders & { stop(): Promise<void> }> {
  const servers = await openServers('postgres', 'nats');
  const place = await scratch();
  const stock = await stockOf(servers.postgres.url, 100_000, companies);
  const streams = await openStreams(servers.nats.url);
  const file = join(place.dir, 'companies.json');
  await writeFile(file, JSON.stringify(stock.companies));
  return { ...servers, stock, streams, seconds, file, async stop() { await streams.close(); await servers.stop(); await place.remove(); } };
}

export async function jetstream(run: Run): Promise<Line[]> {
  buildPeers(run.say);
  const orders = await openOrders(run.seconds ?? 4, 1);
  const place = await scratch();
  const byPeer = async (): Promise<Slice> => {
    const copy = await orders.stock.copy();
    const nats = await plainNats(await place.fresh());
    const program = await start([peer('reservations/consumer'), nats.url, copy.ownerUrl]);
    try {
      return await loaded([row('jetstream/orders.ts'), 'peer', nats.url, orders.file, String(width), String(orders.seconds)], [program.pid, orders.postgres.pid, nats.pid]);
    } finally {
      await program.end();
      await nats.stop();
      await copy.drop();
    }
  };
  try {
    const slices = await inTurn(run, { ours: () => decidedThroughJetStream(orders), typeorm: byPeer }, 2);
    return [against('order through JetStream → committed, one process', slices.ours, 'TypeORM', slices.typeorm, { atLeast: 12 })];
  } finally {
    await orders.stop();
    await place.remove();
  }
}
