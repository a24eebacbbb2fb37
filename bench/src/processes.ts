/** What processes use, as the operating system says (Linux). */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const tick = 1_000_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Stat { readonly parent: number; /** Its own and its ended children's, in microseconds. */ readonly used: number }

/** The fields of /proc/<pid>/stat after the name, which may itself hold spaces and brackets; undefined when it has ended. */
function statOf(pid: number): Stat | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ').map(Number);
  return { parent: fields[1]!, used: (fields[11]! + fields[12]! + fields[13]! + fields[14]!) * tick };
}

/** CPU time so far of these processes and of all below them, user and system, in microseconds. PostgreSQL is one process per connection. */
export function cpuOf(pids: readonly number[]): number {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
    if (stat) stats.set(pid, stat);
  }
  const below = (pid: number): number => {
    let sum = stats.get(pid)?.used ?? 0;
    for (const [child, { parent }] of stats) if (parent === pid) sum += below(child);
    return sum;
  };
  return pids.reduce((sum, pid) => sum + below(pid), 0);
}

/** Proportional set size in bytes: shared pages counted by their share. */
export const pssOf = (pid: number): number => Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]) * 1024;
