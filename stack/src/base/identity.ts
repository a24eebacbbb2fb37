/** Processes by number and moment of birth: a number alone may be somebody else's after a restart of the machine. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessId {
  readonly pid: number;
  /** When it was born, in the operating system's own words; null where it cannot be told. */
  readonly born: string | null;
}

/** The process as it can be recognised later, or undefined when there is none alive. */
export function identify(pid: number): ProcessId | undefined {
  if (!isAlive(pid)) return undefined;
  return { pid, born: process.platform === 'linux' ? bornOnLinux(pid) : bornElsewhere(pid) };
}

/** Whether that very process is still alive. */
export function stillThere({ pid, born }: ProcessId): boolean {
  const now = identify(pid);
  return now !== undefined && (born === null || now.born === null || now.born === born);
}

/** Whether a parsed file holds a ProcessId. */
export const isProcessId = (value: unknown): value is ProcessId =>
  typeof value === 'object' && value !== null && 'pid' in value && Number.isInteger(value.pid) && 'born' in value;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || stateOnLinux(pid) !== 'Z';
}

/** The fields of /proc/<pid>/stat after the command, which may itself hold spaces and brackets. */
const fieldsOnLinux = (pid: number): string[] => {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
};

/** A zombie is dead: in a container whose first process reaps nobody it stays in the table for ever. */
function stateOnLinux(pid: number): string | undefined {
  try {
    return fieldsOnLinux(pid)[0];
  } catch {
    return undefined;
  }
}

function bornOnLinux(pid: number): string | null {
  try {
    return fieldsOnLinux(pid)[19] ?? null;
  } catch {
    return null;
  }
}

function bornElsewhere(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
