/** The services, each a process of its own: started, found ready, started again when they die, stopped. */
import { request } from 'node:http';
import path from 'node:path';
import type { Places } from './base/paths.ts';
import { supervise, type Supervised } from './base/supervised.ts';
import type { Service } from './services/service.ts';

/** One running service; `kill` and `stop` also hold off its automatic restart until `start`. */
export interface RunningService extends Supervised {
  /** Base of its health addresses: `${health}/health/ready`, `/health/live`, `/metrics`. */
  readonly health: string;
}

export interface Supervision {
  readonly places: Places;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Hears that a service runs as another process now. */
  readonly changed?: () => void;
}

/** Prepares a service's process; nothing runs before `start()`. @param healthPort where it answers GET /health/ready */
export function supervised(service: Service, env: NodeJS.ProcessEnv, healthPort: number, { places, signal, say, changed }: Supervision): RunningService {
  const health = `http://127.0.0.1:${healthPort}`;
  const child = supervise(
    {
      name: service.name,
      command: process.execPath,
      args: [service.main],
      env,
      log: path.join(places.logs, `${service.name}.log`),
      pidFile: path.join(places.pids, `${service.name}.json`),
      ready: () => answers(`${health}/health/ready`),
      readyWithin: 60_000,
      stopWithin: 15_000,
      signal,
      ...(changed === undefined ? {} : { changed }),
    },
    say,
  );
  return Object.defineProperty(child, 'health', { value: health, enumerable: true }) as RunningService;
}

/** Whether GET answers 200. A connection of its own each time: a kept one would outlive the process it asks about. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
