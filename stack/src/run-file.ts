/** `.stack/run.json`: what runs and where, for tools and tests. There while the stack is ready, gone when it is not. */
import type { Regie } from './regie.ts';
import type { Server } from './servers/server.ts';

export interface RunFile {
  /** The gateway's address. */
  readonly gateway: string;
  readonly services: Readonly<Record<string, { readonly pid: number | undefined; readonly log: string; readonly health: string }>>;
  readonly servers: Readonly<Record<string, { readonly url: string; readonly from: string }>>;
  /** The demo company's log-ins; null when there is no demo. */
  readonly demo: unknown;
}

/** The file's content at this moment. It holds passwords: written with mode 0600. */
export function runFile({ gateway, services, servers }: Pick<Regie, 'gateway' | 'services' | 'servers'>, demo: unknown): RunFile {
  const each = <From, To>(some: Readonly<Record<string, From>>, view: (one: From) => To): Record<string, To> =>
    Object.fromEntries(Object.entries(some).map(([name, one]) => [name, view(one)]));
  return {
    gateway,
    services: each(services, ({ pid, log, health }) => ({ pid, log, health })),
    servers: each({ ...servers } as Record<string, Server>, ({ url, from }) => ({ url, from })),
    demo: demo ?? null,
  };
}
