/** A second inventory process: it breaks nothing, costs little where cores are few, and helps where there are some. */
import { availableParallelism } from 'node:os';
import { against, inTurn, reported, type Line, type Run } from '../src/measure.ts';
import { openDeciders, openOrders } from './jetstream.ts';

/** Cores from which on two processes must be faster than one. */
const cores = 8;

/** Orders under way in all: as many for each of two processes as one has in `jetstream`; and half of that. */
const [wide, narrow] = [512, 256];

/**
 * Servers, and inventory processes that stay through all rounds: what a second process costs is asked, not what starting it does.
 * Of several companies, whose slots the processes share out.
 */
async function openSystem(seconds: number, processes: number) {
  const orders = await openOrders(seconds, 8);
  const deciders = await openDeciders(orders, processes);
  return { ...deciders, async stop() { await deciders.stop(); await orders.stop(); } };
}

async function twoAndOne(run: Run, width: number) {
  const { seconds = 4 } = run;
  const systems = [await openSystem(seconds, 2), await openSystem(seconds, 1)] as const;
  try {
    run.say(`  ${width} orders under way`);
    return await inTurn(run, { two: () => systems[0].slice(width), one: () => systems[1].slice(width) }, 2);
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}

export async function workers(run: Run): Promise<Line[]> {
  const { two, one } = await twoAndOne(run, wide);
  const half = await twoAndOne(run, narrow);
  return [
    against(`two inventory processes, 8 companies, ${wide} orders under way`, two, 'one', one, { atLeast: 0.9 }),
    reported(against(`two inventory processes, 8 companies, ${narrow} orders under way`, half.two, 'one', half.one, { atLeast: 0.9 })),
    availableParallelism() >= cores ? against('two inventory processes: faster', two, 'one', one, { atLeast: 1.2 })
      : { what: 'two inventory processes: faster', ours: 'not measured here', other: `asserted from ${cores} cores on`, ratio: null, goal: '≥ 1.2', met: null },
  ];
}
