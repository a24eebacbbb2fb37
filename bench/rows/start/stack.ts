/** Régie as `npm start` runs it, in a folder of its own; says where it is and that it is ready, and stops everything when asked. argv: folder */
import { startRegie } from '../../../stack/src/index.ts';

const leaving = new AbortController();
const left = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { leaving.abort(new Error('asked to stop')); resolve(); });
});
const regie = await startRegie({ dir: process.argv[2]!, quiet: true, signal: leaving.signal });
const pids = Object.fromEntries(Object.entries(regie.services).map(([name, { pid }]) => [name, pid]));
process.stdout.write(`${JSON.stringify({ gateway: regie.gateway, nats: regie.servers.nats.url, pids })}\nready\n`);
await left;
await regie.stop();
process.exit(0);
