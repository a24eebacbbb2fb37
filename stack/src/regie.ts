/** A running Régie, and what it is started with. */
import type { Server } from './servers/server.ts';
import type { Database } from './services/databases.ts';
import type { RunningService } from './supervisor.ts';

export interface Options {
  /** The folder of this stack: data, logs, secrets. Several stacks run at once in folders of their own. */
  readonly dir: string;
  /** The gateway's port; without one last time's, else any free one. */
  readonly port?: number;
  /** Shows nothing. */
  readonly quiet?: boolean;
  /** Hears what is shown, line by line, instead of standard output. */
  readonly say?: (line: string) => void;
  /** Added to this process's environment: servers of one's own, and what services inherit. */
  readonly env?: NodeJS.ProcessEnv;
  /** Aborting it while starting stops everything started so far. */
  readonly signal?: AbortSignal;
  /** Hears that a service runs as another process now. */
  readonly changed?: () => void;
  /** The folder that holds a folder per service. */
  readonly servicesFolder?: string;
}

export interface Regie {
  /** The gateway's address. */
  readonly gateway: string;
  readonly services: Readonly<Record<string, RunningService>>;
  readonly servers: Servers;
  /** For tests that look behind the services. */
  readonly databases: Readonly<Record<string, Database>>;
  /** Stops the services, then the servers; data stay. */
  readonly stop: () => Promise<void>;
}

export interface Servers {
  /** Absent when every service was given a database of its own. */
  readonly postgres?: Server;
  readonly nats: Server;
  readonly redis: Server;
  readonly mongodb: Server;
}
