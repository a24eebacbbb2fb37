/** Five minutes at half of what the whole can take: how long answers take, whether any is wrong, whether memory grows and whether somebody falls behind. */
import { reservationRequests } from '../src/asking.ts';
import { makeCompany } from '../src/company.ts';
import { load as put } from '../src/http-load.ts';
import { judged, median, whole, type Line, type Run } from '../src/measure.ts';
import { stackFolder, startStack, type Stack } from '../src/stack.ts';
import { openStreams, type Streams } from '../src/streams.ts';
import { unlimited } from './hop/ours.ts';

const mib = 1024 ** 2;
/** Seconds consumers have to handle what is in hand at the end. */
const patience = 30;
/** How far memory may be above what it was in the beginning: garbage is not collected at the same moment of both. */
const flat = 1.25;

export async function load({ seconds = 300, say }: Run): Promise<Line[]> {
  const { dir, remove } = await stackFolder();
  const stack = await startStack(dir, unlimited);
  const streams = await openStreams(stack.nats);
  try {
    say('  a company, its equipment and its events');
    const { token, equipmentIds, eventIds } = await makeCompany(stack.gateway, { equipment: 1_000, events: 2_000 });
    const asked = {
      port: Number(new URL(stack.gateway).port), headers: { authorization: `Bearer ${token}`, prefer: 'wait=10' },
      request: reservationRequests(eventIds, equipmentIds, (id) => `/api/events/${id}/reservations`), width: 64,
    };
    await put({ ...asked, seconds: 5 });
    const most = await put({ ...asked, seconds: 10 });
    const rate = Math.max(1, Math.floor(most.perSecond / 2));
    if ((await caughtUp(streams, 120)) === null) throw new Error(`after saturation some do not catch up: ${JSON.stringify(await streams.behindOf())}`);
    say(`  at most ${whole(most.perSecond)}/s; ${whole(rate)}/s for ${seconds} s`);

    const memory = watchMemory(stack);
    const found = await put({ ...asked, width: 256, rate, seconds });
    const samples = memory.stop();
    const left = await streams.behind();
    const drained = await caughtUp(streams, patience);
    if (drained === null) say(`  behind: ${JSON.stringify(await streams.behindOf())}`);
    const errors = found.n - (found.statuses['201'] ?? 0);
    if (errors > 0) say(`  ${JSON.stringify(found.statuses)} ${found.wrong ?? ''}`);

    const fifth = Math.max(1, Math.floor(samples.length / 5));
    const [early, late] = [median(samples.slice(fifth, 2 * fifth)), median(samples.slice(-fifth))];
    const nothing = '';
    return [
      {
        what: `load: decided reservations at ${whole(rate)}/s for ${seconds} s, p50 / p99 / max`,
        ours: `${found.p50.toFixed(1)} / ${found.p99.toFixed(1)} / ${found.max.toFixed(0)} ms`,
        other: `half of ${whole(most.perSecond)}/s at 64 under way`, ratio: null, goal: 'reported', met: null,
      },
      { what: 'load: errors', ours: `${errors} of ${whole(found.n)}`, other: nothing, ratio: null, goal: '0', met: errors === 0 },
      {
        what: 'load: memory of all services, last fifth to second fifth', ours: `${(late / mib).toFixed(0)} MiB`,
        other: `${(early / mib).toFixed(0)} MiB`, ratio: late / early, ...judged(late / early, { atMost: flat }),
      },
      {
        what: 'load: messages not handled at the end',
        ours: `${whole(left)}, ${drained === null ? `some left after ${patience} s` : `none ${drained.toFixed(1)} s later`}`,
        other: nothing, ratio: null, goal: 'none left', met: drained !== null,
      },
    ];
  } finally {
    await streams.close();
    await stack.stop();
    await remove();
  }
}

/** Seconds until nobody is behind; null when that takes longer than `within`. */
async function caughtUp({ behind }: Streams, within: number): Promise<number | null> {
  const begun = performance.now();
  while ((await behind()) > 0) {
    if (performance.now() - begun > within * 1_000) return null;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return (performance.now() - begun) / 1_000;
}

function watchMemory(stack: Stack): { stop(): number[] } {
  const samples: number[] = [stack.memory()];
  const timer = setInterval(() => samples.push(stack.memory()), 2_000);
  return { stop() { clearInterval(timer); samples.push(stack.memory()); return samples; } };
}
