import { readFile } from 'node:fs/promises';
import type { Text } from './narrator.ts';

/** The gateway that answers, or the sentence that says why the story cannot begin. */
export type Running = { gateway: string } | { missing: Text };

const runFile = new URL('../../../.stack/run.json', import.meta.url);

/** Finds the running system: the address given, else the one `npm start` wrote down; and asks whether it is alive. */
export const findGateway = async (given?: string): Promise<Running> => {
  const gateway = given ?? (await writtenGateway());
  if (gateway === undefined)
    return {
      missing: {
        en: 'Régie is not running: start it with "npm start", then run "npm run demo" in another terminal.',
        fr: 'Régie ne tourne pas : lancez « npm start », puis « npm run demo » dans un autre terminal.',
      },
    };
  if (await isAlive(gateway)) return { gateway };
  return {
    missing: {
      en: `Régie does not answer at ${gateway}: start it with "npm start" and wait for its table of addresses.`,
      fr: `Régie ne répond pas à ${gateway} : lancez « npm start » et attendez son tableau d’adresses.`,
    },
  };
};

const writtenGateway = async (): Promise<string | undefined> => {
  try {
    const run: unknown = JSON.parse(await readFile(runFile, 'utf8'));
    return typeof run === 'object' && run !== null && 'gateway' in run && typeof run.gateway === 'string' ? run.gateway : undefined;
  } catch (error) {
    // No file: never started. A half-written one (SyntaxError): starting right now. Anything else is worth seeing.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) return undefined;
    throw error;
  }
};

const isAlive = async (gateway: string): Promise<boolean> => {
  try {
    const response = await fetch(new URL('/health/live', gateway), { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};
