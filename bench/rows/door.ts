/** From the HTTP door to a decided reservation: gateway, events and inventory, against the same services with a TypeORM transaction per request. */
import { plannedEvents, type Planned } from '../src/events.ts';
import { standInIdentity } from '../src/identity.ts';
import { load, type Asked } from '../src/http-load.ts';
import { reservationRequests } from '../src/asking.ts';
import { against, inTurn, type Line, type Run, type Slice } from '../src/measure.ts';
import { plainNats } from '../src/nats.ts';
import { cpuOf } from '../src/processes.ts';
import { freePort, start, startService, type Program } from '../src/programs.ts';
import { openServers } from '../src/servers.ts';
import { stockOf, type Copy } from '../src/stock.ts';
import { openStreams } from '../src/streams.ts';
import { buildPeers, peer, scratch, service } from '../src/surroundings.ts';
import { unlimited } from './hop/ours.ts';

/** Requests under way at once. */
const width = 64;
const events = 2_000;

interface Door {
  readonly port: number; readonly request: () => Asked; readonly headers?: Readonly<Record<string, string>>;
  readonly pids: readonly number[]; readonly decided: number;
}

/** A warm-up, then the seconds that count; every answer must be a decision. */
async function doorSlice({ port, request, headers = {}, pids, decided }: Door, seconds: number): Promise<Slice & { n: number }> {
  await load({ port, headers, request, width, seconds: 1.5 });
  const before = cpuOf(pids);
  const { perSecond, p50, p99, n, statuses, wrong } = await load({ port, headers, request, width, seconds });
  if (wrong !== null || Object.keys(statuses).some((status) => Number(status) !== decided))
    throw new Error(`answers that are no decision: ${JSON.stringify(statuses)}\n${wrong ?? ''}`);
  return { perSecond, p50, p99, n, cpuUs: (cpuOf(pids) - before) / n };
}

/** What was answered is in the rows, and nothing is promised twice. */
async function prove(copy: Copy, answered: number): Promise<void> {
  const [{ made }] = await copy.query<{ made: number }>(
    'select count(*)::int as made from reservation where version = 1 and decided_at > now() - interval \'1 hour\'') as [{ made: number }];
  if (made < answered) throw new Error(`${answered} were answered, ${made} decided`);
  const wrong = await copy.overPromised();
  if (wrong > 0) throw new Error(`${wrong} instants are promised beyond what there is`);
}

export async function door(run: Run): Promise<Line[]> {
  buildPeers(run.say);
  const { seconds = 4 } = run;
  const servers = await openServers('postgres', 'nats', 'redis');
  const { postgres, nats, redis } = servers;
  const identity = await standInIdentity(nats.urlFor('identity'));
  const streams = await openStreams(nats.url);
  const place = await scratch();
  const stock = await stockOf(postgres.url, 100_000);
  const { id: companyId, equipmentIds } = stock.companies[0]!;

  const withData = async (measure: (copy: Copy, planned: Planned, running: Program[]) => Promise<Slice & { n: number }>): Promise<Slice> => {
    const [copy, planned] = [await stock.copy(), await plannedEvents(postgres.url, companyId, events)];
    const running: Program[] = [];
    try {
      const slice = await measure(copy, planned, running);
      await prove(copy, slice.n);
      return slice;
    } finally {
      await Promise.all(running.map((one) => one.end()));
      await copy.drop();
      await planned.drop();
    }
  };
  const ours = () => withData(async (copy, planned, running) => {
    await streams.purge();
    const port = await freePort();
    const env = { LOG_LEVEL: 'info' };
    running.push(...await Promise.all([
      startService(service('inventory'), await freePort(), { ...env, DATABASE_URL: copy.url, NATS_URL: nats.urlFor('inventory') }),
      startService(service('events'), await freePort(), { ...env, DATABASE_URL: planned.url, NATS_URL: nats.urlFor('events') }),
      startService(service('gateway'), await freePort(),
        { ...env, ...unlimited, NATS_URL: nats.urlFor('gateway'), REDIS_URL: redis.url, PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` }),
    ]));
    const request = reservationRequests(planned.eventIds, equipmentIds, (id) => `/api/events/${id}/reservations`);
    const headers = { authorization: `Bearer ${identity.token(companyId)}`, prefer: 'wait=10' };
    return doorSlice({ port, request, headers, pids: [...running.map(({ pid }) => pid), postgres.pid, nats.pid, redis.pid], decided: 201 }, seconds);
  });
  const typeorm = () => withData(async (copy, planned, running) => {
    const other = await plainNats(await place.fresh());
    try {
      const port = await freePort();
      running.push(await start([peer('reservations/consumer'), other.url, copy.ownerUrl]), await start([peer('door/events'), other.url, planned.ownerUrl]));
      running.push(await start([peer('door/gateway'), String(port), other.url]));
      const request = reservationRequests(planned.eventIds, equipmentIds, (id) => `/events/${id}/reservations`);
      return await doorSlice({ port, request, pids: [...running.map(({ pid }) => pid), postgres.pid, other.pid], decided: 201 }, seconds);
    } finally {
      await other.stop();
    }
  });
  try {
    const slices = await inTurn(run, { ours, typeorm });
    return [against('door → decided reservation', slices.ours, 'TypeORM', slices.typeorm, { atLeast: 5 })];
  } finally {
    await streams.close();
    await identity.close();
    await servers.stop();
    await place.remove();
  }
}
