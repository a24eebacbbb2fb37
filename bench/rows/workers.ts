/** A second inventory process: it breaks nothing, costs little where cores are few, and helps where there are some. */
import { availableParallelism } from 'node:os';
import { against, inTurn, type Line, type Run } from '../src/measure.ts';
import { decidedThroughJetStream, openOrders } from './jetstream.ts';

/** Cores from which on two processes must be faster than one. */
const cores = 8;

/** Seconds of a slice at least: each process compiles what it runs by itself, and over a few seconds it is that which two do twice. */
const least = 12;

export async function workers(run: Run): Promise<Line[]> {
  // Of many companies, as orders are: both processes lock some of the same ones in every batch.
  const orders = await openOrders(Math.max(least, run.seconds ?? least), 8);
  try {
    const slices = await inTurn(run, { two: () => decidedThroughJetStream(orders, { processes: 2 }), one: () => decidedThroughJetStream(orders) });
    const found = against('two inventory processes, 8 companies', slices.two, 'one', slices.one, { atLeast: 0.9 });
    return [
      found,
      availableParallelism() >= cores ? against('two inventory processes: faster', slices.two, 'one', slices.one, { atLeast: 1.2 })
        : { what: 'two inventory processes: faster', ours: 'not measured here', other: `asserted from ${cores} cores on`, ratio: null, goal: '≥ 1.2', met: null },
    ];
  } finally {
    await orders.stop();
  }
}
