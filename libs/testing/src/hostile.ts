/** Waiting for facts, and doing things the way the world does them: at once, twice. */

/**
 * Waits for a fact, not for a time.
 * @param timeout milliseconds until it is given up, with the last value in the error
 */
export async function eventually<T>(read: () => Promise<T> | T, holds: (value: T) => boolean, timeout = 10_000): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`never held; last value: ${JSON.stringify(value)?.slice(0, 2_000)}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

/** The same thing `n` times, all under way together. */
export const atOnce = <T>(n: number, act: (index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: n }, (_, index) => act(index)));

/** The same thing again after it was done. */
export async function twice<T>(act: () => Promise<T>): Promise<readonly [T, T]> {
  const first = await act();
  return [first, await act()];
}
