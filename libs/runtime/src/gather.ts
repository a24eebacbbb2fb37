/** Lines on their way out: gathered here, and handed to the file many at once. Each hand-over costs more than writing the line. */

/** What gathered lines are handed to: a SonicBoom of pino's, made for bytes. */
export interface Destination { write(bytes: Buffer): unknown; flushSync(): void }

export interface Gathered {
  write(line: string): void;
  /** Hands over what there is. */
  flush(): void;
}

/** Characters handed over at once. */
const enough = 65_536;
/** Milliseconds a line waits at most. */
const longest = 100;

/** Gathers lines for a destination; a process that ends, or falls over, still writes what is left. */
export function gather(destination: Destination): Gathered {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (text === '') return;
    const bytes = Buffer.from(text);
    text = '';
    destination.write(bytes);
  };
  process.once('beforeExit', flush);
  // Also after an exception nobody caught.
  process.once('exit', () => { flush(); destination.flushSync(); });
  return {
    write(line) {
      text += line;
      if (text.length >= enough) flush();
      else timer ??= setTimeout(flush, longest).unref();
    },
    flush,
  };
}
