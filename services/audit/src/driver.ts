/** What is mended of MongoDB's driver: docs/adr/0012-lost-writes.md. */
import { createRequire } from 'node:module';

/** A connection as the driver has it inside. */
interface Connection {
  /** What it ended with. */
  readonly error: Error | null;
  once(event: 'close', heard: () => void): void;
  off(event: 'close', heard: () => void): void;
  /** Resolves when the socket has taken the message. */
  writeCommand(message: unknown, options: unknown): Promise<void>;
}

let mended = false;

/**
 * Makes a write end when its connection does. The driver (7.8, and 7.9) waits for the socket to drain and hears of its errors only: what is written to a connection that has just
 * ended, or is given up while it takes nothing, would wait for ever, whatever the timeouts, and with it all that waits its turn.
 */
export function endWritesWithTheirConnection(): void {
  if (mended) return;
  mended = true;
  const { Connection: { prototype } } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as { Connection: { prototype: Connection } };
  const { writeCommand } = prototype;
  prototype.writeCommand = async function (this: Connection, message, options) {
    const ended = Promise.withResolvers<never>();
    const end = (): void => { ended.reject(this.error); };
    this.once('close', end);
    try {
      await Promise.race([writeCommand.call(this, message, options), ended.promise]);
    } finally {
      this.off('close', end);
    }
  };
}
