/** What a decision costs among a million lines and among a thousand. */
import { against, inTurn, reported, type Line, type Run } from '../src/measure.ts';
import { openServers } from '../src/servers.ts';
import { stockOf } from '../src/stock.ts';
import { buildPeers } from '../src/surroundings.ts';
import { decided, ours } from './decisions.ts';

export async function growth(run: Run): Promise<Line[]> {
  buildPeers(run.say);
  const { seconds = 4 } = run;
  const servers = await openServers('postgres');
  try {
    const few = await stockOf(servers.postgres.url, 1_000);
    const many = await stockOf(servers.postgres.url, 1_000_000);
    const among = (stock: typeof few) => () => decided(ours, { stock, equipment: stock.companies[0]!.equipmentIds, postgres: servers.postgres, seconds });
    const slices = await inTurn(run, { 'a million lines': among(many), 'a thousand': among(few) }, 2);
    return [
      against('growth: time of a decision among a million lines', slices['a million lines'], 'among a thousand', slices['a thousand'],
        { atMost: 1.2 }, ({ perSecond }) => 1 / perSecond),
      reported(against('growth: CPU of a decision', slices['a million lines'], 'among a thousand', slices['a thousand'], { atMost: 1.2 }, ({ cpuUs }) => cpuUs!)),
    ];
  } finally {
    await servers.stop();
  }
}
