/** What the person at the keyboard sees. Works the same when standard output is a file. */

export interface Screen {
  /** One line. */
  readonly say: (line: string) => void;
  /** Shows that something takes a while: says it at once, how long it took, and meanwhile that it still goes on. */
  readonly during: <T>(what: string, work: () => Promise<T>) => Promise<T>;
}

/** For work that takes a while: where it is shown, and what cuts it off. */
export interface Watching {
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

const patience = 5000;

/** @param write gets whole lines */
export function screen(write: (line: string) => void): Screen {
  return {
    say: (line) => write(`  ${line}`),
    async during(what, work) {
      const began = Date.now();
      const seconds = (): string => `${((Date.now() - began) / 1000).toFixed(1)} s`;
      write(`  … ${what}`);
      const reminder = setInterval(() => write(`  … ${what}: ${seconds()} so far`), patience);
      try {
        const result = await work();
        write(`  ✓ ${what}: ${seconds()}`);
        return result;
      } finally {
        clearInterval(reminder);
      }
    },
  };
}

/** Lines to standard output. */
export const terminal: Screen = screen((line) => void process.stdout.write(`${line}\n`));

/** Says nothing. */
export const silent: Screen = screen(() => undefined);
