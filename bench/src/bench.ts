/** `npm run bench [-- <row> …] [--pairs n] [--seconds n]`: every goal measured against its peer, on real servers. Exits 1 when a ratio goal is missed. */
import { parseArgs } from 'node:util';
import { audit } from '../rows/audit.ts';
import { decisions } from '../rows/decisions.ts';
import { door } from '../rows/door.ts';
import { growth } from '../rows/growth.ts';
import { hop } from '../rows/hop.ts';
import { jetstream } from '../rows/jetstream.ts';
import { load } from '../rows/load.ts';
import { relay } from '../rows/relay.ts';
import { start } from '../rows/start.ts';
import { telemetry } from '../rows/telemetry.ts';
import { workers } from '../rows/workers.ts';
import type { Line, Row } from './measure.ts';
import { endAll } from './programs.ts';
import { stopServers } from './servers.ts';
import { keepTable, tableOf } from './table.ts';

const rows: Readonly<Record<string, Row>> = { decisions, growth, jetstream, workers, door, hop, telemetry, relay, audit, start, load };
/** Takes minutes and says how it stands alone: run when it is named. */
const onlyNamed = ['load'];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { pairs: { type: 'string', default: '5' }, seconds: { type: 'string' } } });
const chosen = positionals.length > 0 ? positionals : Object.keys(rows).filter((name) => !onlyNamed.includes(name));
const unknown = chosen.filter((name) => !(name in rows));
const [pairs, seconds] = [Number(values.pairs), values.seconds === undefined ? undefined : Number(values.seconds)];
if (unknown.length > 0 || !(pairs >= 1) || !(seconds === undefined || seconds > 0)) {
  process.stderr.write(unknown.length > 0 ? `No such row: ${unknown.join(', ')}. There are: ${Object.keys(rows).join(', ')}.\n` : '--pairs and --seconds are numbers above 0.\n');
  process.exit(2);
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
process.once('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => { endAll(); void stopServers().finally(() => process.exit(130)); });
}

const run = async (name: string): Promise<Line[]> => { say(`\n${name}`); return rows[name]!({ pairs, say, ...(seconds === undefined ? {} : { seconds }) }); };
const lines: Line[] = [];
for (const name of chosen) {
  let found = await run(name);
  if (found.some(({ met }) => met === false)) {
    say(`${tableOf(found)}\n  A goal was missed; the machine is noisy, so the row is run once more.`);
    const first = found;
    found = (await run(name)).map((line, index) => ({ ...line, what: `${line.what} (second run; first ${first[index]?.ratio?.toFixed(2) ?? '–'})` }));
  }
  lines.push(...found);
}

say(`\n${tableOf(lines)}\n`);
if (positionals.length === 0) await keepTable(lines, { pairs });
process.exit(lines.some(({ met }) => met === false) ? 1 : 0);
