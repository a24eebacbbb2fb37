/** Work that must be done once before the rest, and may have to wait for a server that is away. */

export interface Prepared {
  /** Resolves when it is done; throws what it failed with this time. */
  once(): Promise<void>;
  done(): boolean;
  stop(): void;
}

/** Begins at once and tries again every two seconds until it succeeds. */
export function prepared(work: () => Promise<void>, failed: (error: unknown) => void): Prepared {
  let done = false;
  let running: Promise<void> | undefined;
  const attempt = (): Promise<void> => (running ??= work().then(() => { done = true; clearInterval(again); }).finally(() => { running = undefined; }));
  const again = setInterval(() => void attempt().catch(failed), 2_000);
  again.unref();
  void attempt().catch(failed);
  return { once: () => (done ? Promise.resolve() : attempt()), done: () => done, stop: () => clearInterval(again) };
}
