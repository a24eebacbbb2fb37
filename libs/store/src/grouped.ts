/** Group commit: what comes in while one batch is written makes up the next one. */

/**
 * Collects single calls into batches of at most `max`; each call gets its own result.
 * @param run must answer as many results as it was given values, in their order
 * @param atOnce batches under way at a time; the next begins while the one before it still runs
 */
export function grouped<Value, Result>(run: (values: readonly Value[]) => Promise<readonly Result[]>, max = 256, atOnce = 1): (value: Value) => Promise<Result> {
  let queue: { value: Value; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  let busy = 0;
  const work = async (): Promise<void> => {
    if (busy === atOnce) return;
    busy++;
    while (queue.length > 0) {
      const batch = queue.slice(0, max);
      queue = queue.slice(max);
      try {
        const results = await run(batch.map(({ value }) => value));
        if (results.length !== batch.length) throw new Error(`${batch.length} values, ${results.length} results`);
        batch.forEach(({ resolve }, index) => resolve(results[index]!));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busy--;
  };
  return (value) => new Promise((resolve, reject) => {
    queue.push({ value, resolve, reject });
    queueMicrotask(() => void work());
  });
}
