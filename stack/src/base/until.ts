/** Waiting for facts. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes.
 * @param within milliseconds
 * @returns whether it became so in time
 * @throws the signal's reason when it is aborted
 */
export async function until(
  fact: () => boolean | Promise<boolean>,
  { within, every = 40, signal }: { within: number; every?: number; signal?: AbortSignal },
): Promise<boolean> {
  const end = Date.now() + within;
  for (;;) {
    signal?.throwIfAborted();
    if (await fact()) return true;
    if (Date.now() >= end) return false;
    await pause(every);
  }
}
