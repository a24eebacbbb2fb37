/** A server as a child process of ours. */
import path from 'node:path';
import { supervise, type ProcessSpec, type Supervised } from '../base/supervised.ts';
import type { ServerName, Surroundings } from './server.ts';

type Spec = Pick<ProcessSpec, 'command' | 'args' | 'ready'> & Partial<ProcessSpec>;

/** Supervised like a service: one that dies is started again on the same port and data. */
export function embedded(name: ServerName, { places, screen, own, signal }: Surroundings, spec: Spec): Supervised {
  const defaults = {
    name,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TZ: 'UTC', LC_ALL: 'C' },
    log: path.join(places.logs, `${name}.log`),
    pidFile: path.join(places.pids, `${name}.json`),
    readyWithin: 30_000,
    stopWithin: 20_000,
    signal,
  };
  const child = supervise({ ...defaults, ...spec }, screen.say);
  own(child.stop);
  return child;
}
