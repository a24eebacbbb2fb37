/** A second inventory process: it breaks nothing, costs little where cores are few, and helps where there are some. */
import { availableParallelism } from 'node:os';
import { against, inTurn, type Line, type Run } from '../src/measure.ts';
import { openDeciders, openOrders } from './jetstream.ts';

/** Cores from which on two processes must be faster than one. */
const cores = 8;

/** Orders under way at once: as many for each of two as one has in `jetstream`; and as many in all, of which each of the two has half. */
const [each, inAll] = [512, 256];

/**
 * It stands through all rounds, on servers of their own: what a second process costs is asked, not what starting costs it.
 * Of many companies, as orders are: both processes lock some of the same ones in every batch.
 */
async function standing(seconds: number, processes: number) {
  const orders = await openOrders(seconds, 8);
  const deciders = await openDeciders(orders, processes);
  return { ...deciders, async stop() { await deciders.stop(); await orders.stop(); } };
}

async function twoAndOne(run: Run, width: number) {
  const { seconds = 4 } = run;
  const systems = [await standing(seconds, 2), await standing(seconds, 1)] as const;
  try {
    run.say(`  ${width} orders under way`);
    return await inTurn(run, { two: () => systems[0].slice(width), one: () => systems[1].slice(width) }, 2);
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}

export async function workers(run: Run): Promise<Line[]> {
  const { two, one } = await twoAndOne(run, each);
  const half = await twoAndOne(run, inAll);
  return [
    against(`two inventory processes, 8 companies, ${each} orders under way`, two, 'one', one, { atLeast: 0.9 }),
    { ...against(`two inventory processes, ${inAll} orders under way`, half.two, 'one', half.one, { atLeast: 0.9 }), goal: 'reported', met: null },
    availableParallelism() >= cores ? against('two inventory processes: faster', two, 'one', one, { atLeast: 1.2 })
      : { what: 'two inventory processes: faster', ours: 'not measured here', other: `asserted from ${cores} cores on`, ratio: null, goal: '≥ 1.2', met: null },
  ];
}
