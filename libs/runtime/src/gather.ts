/** Lines on their way out: gathered here, and handed to the file many at once. Each hand-over costs more than writing the line. */

/** What gathered lines are handed to: a SonicBoom of pino's, made for bytes. */
export interface Destination { write(bytes: Buffer): unknown; flushSync(): void }

export interface Gathered {
  write(line: string): void;
  /** Hands over what there is. */
  flush(): void;
}

/** Bytes handed over at once at most; a line that is longer goes by itself. */
const enough = 65_536;
/** Milliseconds a line waits at most. */
const longest = 100;

/** Gathers lines for a destination; a process that ends, or falls over, still writes what is left. */
export function gather(destination: Destination): Gathered {
  // As bytes at once: a text that is put together and kept is put together anew, out of memory long gone cold, when it leaves.
  let bytes: Buffer | undefined;
  let used = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (bytes === undefined) return;
    const leaving = bytes.subarray(0, used);
    // The destination keeps it until it is written.
    bytes = undefined;
    used = 0;
    destination.write(leaving);
  };
  process.once('beforeExit', flush);
  // Also after an exception nobody caught.
  process.once('exit', () => { flush(); destination.flushSync(); });
  return {
    write(line) {
      // A character has three bytes at most.
      const room = line.length * 3;
      if (bytes !== undefined && used + room > bytes.length) flush();
      bytes ??= Buffer.allocUnsafeSlow(Math.max(enough, room));
      used += bytes.write(line, used);
      timer ??= setTimeout(flush, longest).unref();
    },
    flush,
  };
}
