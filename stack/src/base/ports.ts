/** Ports: free ones, remembered, so that a restart has the same addresses where it can. */
import { createServer } from 'node:net';
import { entriesOf, readJson, writeJson } from './files.ts';

/** Whether a port of this machine can be listened on (loopback and all interfaces). */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

/** A free port, given by the operating system. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port was given'))));
    });
  });
}

export interface Choice {
  readonly port: number;
  /** The port that was asked for and is taken by another program. */
  readonly busy?: number;
}

/** The first of `wanted` that is free, else a free one; says which asked-for port was busy. */
export async function choosePort(
  wanted: readonly (number | undefined)[],
  free: (port: number) => Promise<boolean> = isFree,
  any: () => Promise<number> = freePort,
): Promise<Choice> {
  const asked = wanted.filter((port) => port !== undefined);
  for (const port of asked) {
    if (await free(port)) return port === asked[0] ? { port } : { port, busy: asked[0]! };
  }
  const port = await any();
  return asked[0] === undefined ? { port } : { port, busy: asked[0] };
}

/** The ports of one stack, kept in a file. */
export interface PortBook {
  /**
   * @param name who listens, e.g. `nats` or `identity.health`
   * @param wanted the port to take when free, asked by the person or the default; else last time's, else any
   */
  readonly take: (name: string, wanted?: number) => Promise<Choice>;
}

/** Opens the port book of a stack. Ports are taken one after another: two names never get the same one. */
export async function openPortBook(file: string): Promise<PortBook> {
  const remembered = entriesOf(await readJson(file), (value): value is number => Number.isInteger(value));
  const given = new Set<number>();
  const free = async (port: number): Promise<boolean> => !given.has(port) && (await isFree(port));
  const any = async (): Promise<number> => {
    for (;;) {
      const port = await freePort();
      if (!given.has(port) && !Object.values(remembered).includes(port)) return port;
    }
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    take(name, wanted) {
      const choice = turn.then(async () => {
        const chosen = await choosePort([wanted, remembered[name]], free, any);
        given.add(chosen.port);
        remembered[name] = chosen.port;
        await writeJson(file, remembered);
        return chosen;
      });
      turn = choice.catch(() => undefined);
      return choice;
    },
  };
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, ...(host === undefined ? {} : { host }), exclusive: true }, () => server.close(() => resolve(true)));
  });
}
