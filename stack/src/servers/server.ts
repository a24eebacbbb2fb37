/** A server the services need, wherever it runs. */
import type { PortBook } from '../base/ports.ts';
import type { Places } from '../base/paths.ts';
import type { Screen } from '../base/screen.ts';
import type { Secrets } from '../base/secrets.ts';

export interface Server {
  readonly name: ServerName;
  /** For whoever administers it: PostgreSQL's superuser, the others' only or provisioning user. */
  readonly url: string;
  /** Which one runs and from where, in words. */
  readonly from: string;
  /** The address for a service; NATS has a user for each. */
  readonly urlFor: (service: string) => string;
  /** Starts it again after `stop` or `kill`, on the same address with the same data. Resolves when it answers. */
  readonly start: () => Promise<void>;
  /** Stops it cleanly. A server named in the environment belongs to somebody else and is left alone. */
  readonly stop: () => Promise<void>;
  /** Ends it at once (SIGKILL). @throws for a server named in the environment */
  readonly kill: () => Promise<void>;
}

export const serverNames = ['postgres', 'nats', 'redis', 'mongodb'] as const;
export type ServerName = (typeof serverNames)[number];

/** What starting a server needs to know. */
export interface Surroundings {
  readonly places: Places;
  readonly ports: PortBook;
  readonly secrets: Secrets;
  readonly screen: Screen;
  /** The environment that may name servers of one's own. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether a container engine answers; asked once per stack. */
  readonly engine: () => Promise<boolean>;
  /** Hears, before anything is started, how it is stopped with the whole stack. */
  readonly own: (stop: () => Promise<void>) => void;
  /** Aborted when the whole stack stops. */
  readonly signal: AbortSignal;
}

/** A port for a server, saying so when last time's is taken. */
export async function portOf(name: ServerName, { ports, screen }: Surroundings): Promise<number> {
  const { port, busy } = await ports.take(name);
  if (busy !== undefined) screen.say(`port ${busy} of last time is busy; ${name} takes ${port}`);
  return port;
}

/** A server somebody else runs. */
export function foreign(name: ServerName, variable: string, url: string): Server {
  return {
    name,
    url,
    from: `the one in ${variable}`,
    urlFor: () => url,
    start: async () => undefined,
    stop: async () => undefined,
    kill: async () => {
      throw new Error(`${name} is the one in ${variable}; it cannot be killed from here`);
    },
  };
}
