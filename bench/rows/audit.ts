/** The audit trail: batches against one upsert a fact, and whether it keeps up with the decisions of the same run. */
import { eventually } from '@regie/testing';
import { against, inTurn, judged, whole, type Line, type Run, type Slice } from '../src/measure.ts';
import { cpuOf } from '../src/processes.ts';
import { freePort, start, startService, type Program } from '../src/programs.ts';
import { openServers, type Running } from '../src/servers.ts';
import { openStreams, type Streams } from '../src/streams.ts';
import { buildPeers, row, service } from '../src/surroundings.ts';
import { tellFacts } from './audit/facts.ts';
import { decidedThroughJetStream, openOrders } from './jetstream.ts';

const listeners = ['audit-facts', 'audit-internal'] as const;
/** So much of what is told during a run is kept when it ends: the rest is in hand. */
const keepsUp = 0.95;
let made = 0;

/** A trail of its own in the same server. */
const freshUrl = ({ url }: Running): string => { const fresh = new URL(url); fresh.pathname = `/trail_${++made}`; return fresh.href; };

const auditProcess = async (nats: Running, mongodb: Running): Promise<Program> =>
  startService(service('audit'), await freePort(), { MONGODB_URL: freshUrl(mongodb), NATS_URL: nats.urlFor('audit'), LOG_LEVEL: 'info' });

export async function audit(run: Run): Promise<Line[]> {
  buildPeers(run.say);
  return [...(await batches(run)), ...(await besideDecisions(run))];
}

/** How fast a number of facts is kept, from the first told to the last acknowledged. */
async function batches(run: Run): Promise<Line[]> {
  const servers = await openServers('nats', 'mongodb');
  const streams = await openStreams(servers.nats.url);
  const kept = async (count: number, program: Program): Promise<Slice> => {
    const pids = [program.pid, servers.mongodb.pid, servers.nats.pid];
    try {
      const [begun, before] = [performance.now(), cpuOf(pids)];
      await tellFacts(servers.nats.urlFor('inventory'), count);
      await eventually(() => streams.behind('audit-facts'), (behind) => behind === 0, 120_000);
      return { perSecond: (count / (performance.now() - begun)) * 1_000, cpuUs: (cpuOf(pids) - before) / count };
    } finally {
      await program.end();
      await streams.purge();
    }
  };
  try {
    const slices = await inTurn(run, {
      ours: async () => kept(20_000, await auditProcess(servers.nats, servers.mongodb)),
      'one by one': async () => kept(2_000, await start([row('audit/one-by-one.ts')], { MONGODB_URL: freshUrl(servers.mongodb), NATS_URL: servers.nats.urlFor('audit') })),
    });
    return [against(`audit, on ${servers.mongodb.from.replace(/[ ,(].*/, '')}`, slices.ours, 'one by one', slices['one by one'], { atLeast: 10 })];
  } finally {
    await streams.close();
    await servers.stop();
  }
}

/** Decisions as fast as they go, with the trail kept beside them on the same cores. */
async function besideDecisions({ seconds = 8, say }: Run): Promise<Line[]> {
  const orders = await openOrders(seconds, 1);
  const mongo = await openServers('mongodb');
  const program = await auditProcess(orders.nats, mongo.mongodb);
  try {
    const { told, lag, drained, perSecond } = await decidedThroughJetStream(orders, (decided) => lagOf(orders.streams, decided));
    say(`  ${whole(perSecond)} decisions/s; of ${whole(told)} facts ${whole(lag)} were behind at the end, none ${drained.toFixed(1)} s later`);
    const share = (told - lag) / told;
    return [{
      what: 'audit beside decisions: kept when they end', ours: `${whole(told - lag)} of ${whole(told)} facts; the rest ${drained.toFixed(1)} s later`,
      other: `decisions ${whole(perSecond)}/s in the same run`,
      ratio: share, ...judged(share, { atLeast: keepsUp }),
    }];
  } finally {
    await program.end();
    await mongo.stop();
    await orders.stop();
  }
}

interface Lag { readonly told: number; readonly lag: number; readonly drained: number }

async function lagOf(streams: Streams, decided: () => Promise<number>): Promise<Lag> {
  const [lag, begun] = [await streams.behind(...listeners), performance.now()];
  await eventually(() => streams.behind(...listeners), (behind) => behind === 0, 120_000);
  return { told: await decided(), lag, drained: (performance.now() - begun) / 1_000 };
}
