/** Processes of an earlier start that was itself killed: ended before a new one takes their data. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { readJson } from './files.ts';
import { isProcessId, stillThere, type ProcessId } from './identity.ts';
import { until } from './until.ts';

/** @param last names that are stopped after all others: the servers, which the services need to finish their work */
export async function endLeftovers(pids: string, last: readonly string[], say: (line: string) => void): Promise<void> {
  const names = (await readdir(pids).catch(() => [])).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5));
  const isLast = (name: string): boolean => last.includes(name);
  const endAll = (some: readonly string[]): Promise<unknown> => Promise.all(some.map((name) => end(path.join(pids, `${name}.json`), name, say)));
  await endAll(names.filter((name) => !isLast(name)));
  await endAll(names.filter(isLast));
}

async function end(pidFile: string, name: string, say: (line: string) => void): Promise<void> {
  const left = await readJson(pidFile);
  if (isProcessId(left) && stillThere(left)) {
    say(`${name} still runs from an earlier start that did not end well; stopping it`);
    signal(left, name === 'postgres' ? 'SIGINT' : 'SIGTERM');
    if (!(await until(() => !stillThere(left), { within: 15_000 }))) signal(left, 'SIGKILL');
    await until(() => !stillThere(left), { within: 5000 });
  }
  await rm(pidFile, { force: true });
}

function signal({ pid }: ProcessId, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
