/** `npm test [-- jest's arguments]`: jest with real servers around it. */
import '../bin/node-24.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readJson } from './base/files.ts';
import { root } from './base/paths.ts';
import { shown } from './base/problem.ts';
import { terminal } from './base/screen.ts';
import { closingLine, verdict } from './test-verdict.ts';
import { startTestServers, type TestServers } from './test-servers.ts';

const args = process.argv.slice(2);
const folder = await mkdtemp(path.join(tmpdir(), 'regie-test-'));
const report = path.join(folder, 'report.json');
let servers: TestServers | undefined;
let jest: ChildProcess | undefined;
let left = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    left = true;
    jest?.kill('SIGTERM');
  });
}

let code = 1;
try {
  servers = needsServers(args) ? await startTestServers(terminal) : undefined;
  const exit = left ? 1 : await runJest({ ...process.env, ...servers?.env });
  const result = verdict(await readJson(report), exit);
  code = left ? 130 : result.code;
  await servers?.stop();
  process.stdout.write(`\n${closingLine(result)}\n`);
} catch (error) {
  process.stderr.write(`\n  ${shown(error)}\n`);
  await servers?.stop();
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(code);

/** `--selectProjects unit` alone needs none. */
function needsServers(given: readonly string[]): boolean {
  const at = given.indexOf('--selectProjects');
  return at === -1 || given[at + 1] !== 'unit' || given[at + 2] === 'real';
}

function runJest(env: NodeJS.ProcessEnv): Promise<number> {
  const program = path.join(path.dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin', 'jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', program, '--json', `--outputFile=${report}`];
  return new Promise((resolve, reject) => {
    jest = spawn(process.execPath, [...flags, ...args], { cwd: root, env, stdio: ['inherit', 'ignore', 'inherit'] });
    jest.once('error', reject);
    jest.once('exit', (exitCode) => resolve(exitCode ?? 1));
  });
}
