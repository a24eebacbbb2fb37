/** Reservations decided: in-process call → committed, against the machine's limit and against what one would write. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { against, inTurn, rate, whole, type Line, type Run, type Slice } from '../src/measure.ts';
import { loaded } from '../src/programs.ts';
import { openServers, type Running } from '../src/servers.ts';
import { stockOf, type Copy, type Stock } from '../src/stock.ts';
import { buildPeers, peer, row, scratch } from '../src/surroundings.ts';

/** Calls under way at once. */
const width = 256;

export const ours = row('decisions/ours.ts');

/** One program on a copy of its own; afterwards no equipment may be promised beyond what there is, unless nothing was decided. */
export async function decided(program: string, { stock, equipment, postgres, seconds, promises = true }: {
  stock: Stock; equipment: readonly string[]; postgres: Running; seconds: number; promises?: boolean;
}): Promise<Slice & { readonly refused: number }> {
  const copy = await stock.copy();
  const place = await scratch();
  try {
    const file = join(place.dir, 'equipment.json');
    await writeFile(file, JSON.stringify(equipment));
    const url = program === ours ? copy.url : copy.ownerUrl;
    const slice = await loaded<{ refused: number }>([program, url, stock.companies[0]!.id, String(width), String(seconds), file], [postgres.pid]);
    if (promises) await prove(copy);
    return slice;
  } finally {
    await copy.drop();
    await place.remove();
  }
}

async function prove(copy: Copy): Promise<void> {
  const wrong = await copy.overPromised();
  if (wrong > 0) throw new Error(`${wrong} instants are promised beyond what there is`);
}

export async function decisions(run: Run): Promise<Line[]> {
  buildPeers(run.say);
  const { seconds = 4 } = run;
  const servers = await openServers('postgres');
  try {
    const stock = await stockOf(servers.postgres.url, 100_000);
    const of = (equipment: readonly string[]) => (program: string, promises = true) => () => decided(program, { stock, equipment, postgres: servers.postgres, seconds, promises });
    const [uniform, hot, scarce] = [of(stock.companies[0]!.equipmentIds), of([stock.hotId]), of([stock.scarceId])];
    const raw = peer('reservations/raw');

    run.say('  1,000 equipment');
    const spread = await inTurn(run, { ours: uniform(ours), raw: uniform(raw, false), plain: uniform(peer('reservations/plain')), typeorm: uniform(peer('reservations/typeorm')) });
    run.say('  one equipment');
    const one = await inTurn(run, { ours: hot(ours), raw: hot(raw, false) });
    run.say('  one equipment of two pieces: most are refused, with reasons and alternatives');
    const refusing = await scarce(ours)();
    return [
      against('decisions, 1,000 equipment', spread.ours, 'raw group commit', spread.raw, { atLeast: 0.75 }),
      against('decisions, one equipment', one.ours, 'raw group commit', one.raw, { atLeast: 0.5 }),
      against('decisions', spread.ours, 'TypeORM', spread.typeorm, { atLeast: 15 }),
      against('decisions', spread.ours, 'plain pg', spread.plain, { atLeast: 6 }),
      {
        what: 'decisions, mostly refused', ours: `${rate([refusing])}, ${whole(refusing.refused)} refused`,
        other: 'each says why, when it is free and what else would do', ratio: null, goal: 'reported', met: null,
      },
    ];
  } finally {
    await servers.stop();
  }
}
