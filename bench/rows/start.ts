/** How long the second `npm start` takes, and what all services have in memory when they rest. */
import { median, type Line, type Run } from '../src/measure.ts';
import { stackFolder, startStack } from '../src/stack.ts';

const mib = 1024 ** 2;

export async function start({ pairs, say }: Run): Promise<Line[]> {
  const { dir, remove } = await stackFolder();
  const seconds: number[] = [];
  const memory: number[] = [];
  try {
    // The first makes databases and streams.
    for (let round = 0; round <= pairs; round++) {
      const stack = await startStack(dir);
      try {
        if (round > 0) {
          // At rest: what starting needed is given back.
          await new Promise((resolve) => { setTimeout(resolve, 5_000); });
          seconds.push(stack.ready / 1_000);
          memory.push(stack.memory() / mib);
        }
        say(`  ${round === 0 ? 'first' : `${round}/${pairs}`}: ready in ${(stack.ready / 1_000).toFixed(1)} s${round === 0 ? '' : `, ${memory.at(-1)!.toFixed(0)} MiB`}`);
      } finally {
        await stack.stop();
      }
    }
  } finally {
    await remove();
  }
  const within = (value: number, goal: number) => (value <= goal ? 'within it' : 'not within it');
  const [ready, resident] = [median(seconds), median(memory)];
  return [
    { what: 'second start: every service ready', ours: `${ready.toFixed(1)} s`, other: within(ready, 15), ratio: null, goal: '≤ 15 s, reported', met: null },
    { what: 'memory of all services at rest (PSS)', ours: `${resident.toFixed(0)} MiB`, other: within(resident, 1_024), ratio: null, goal: '≤ 1 GiB, reported', met: null },
  ];
}
