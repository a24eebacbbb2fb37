/** Régie on this machine: the servers, and every service as its own process. Used by `npm start` and by the tests of the whole. */
import { build } from './build.ts';
import { cleanup } from './base/cleanup.ts';
import { Problem } from './base/problem.ts';
import { screen as screenTo, silent, terminal } from './base/screen.ts';
import type { Options, Regie } from './regie.ts';

export type { Options, Regie, Servers } from './regie.ts';
export type { Server } from './servers/server.ts';
export type { Database } from './services/databases.ts';
export type { RunningService } from './supervisor.ts';

/**
 * Starts everything and resolves when every service is ready.
 * @throws Problem when another stack runs in the folder, or something is missing that one command mends
 */
export async function startRegie(options: Options): Promise<Regie> {
  const screen = options.say !== undefined ? screenTo(options.say) : options.quiet === true ? silent : terminal;
  const stopping = new AbortController();
  const undo = cleanup(screen.say);
  const stop = async (): Promise<void> => {
    stopping.abort(new Problem('Stopped.'));
    await undo.run();
  };
  const asked = (): void => stopping.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', asked, { once: true });
  try {
    options.signal?.throwIfAborted();
    return { ...(await build(options, { screen, signal: stopping.signal, later: undo.add })), stop };
  } catch (error) {
    await stop();
    throw options.signal?.aborted === true ? options.signal.reason : error;
  } finally {
    options.signal?.removeEventListener('abort', asked);
  }
}
