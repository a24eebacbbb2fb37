/** Ports for what a test starts itself. */
import { createServer } from 'node:net';

/** A port nobody listens on now. Another may take it before you do: use it at once. */
export const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(port));
  });
});
