/** `npm run reset`: forgets all data of this machine's Régie. Fetched programs stay. */
import '../bin/node-24.js';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { endLeftovers } from './base/leftovers.ts';
import { takeLock } from './base/lock.ts';
import { kept, mainDir, placesIn } from './base/paths.ts';
import { terminal } from './base/screen.ts';
import { clearOldRuns } from './old-runs.ts';
import { removeVolumes } from './servers/docker.ts';
import { engineAnswers } from './servers/engine.ts';
import { serverNames } from './servers/server.ts';

const places = placesIn(mainDir);
const lock = await takeLock(places.lock);
if (typeof lock !== 'function') {
  process.stderr.write(`Régie is running (process ${lock.pid}); stop it first with Ctrl-C in its terminal, or with \`kill ${lock.pid}\`.\n`);
  process.exit(1);
}
await endLeftovers(places.pids, serverNames, terminal.say);
const names = (await readdir(mainDir)).filter((name) => !kept.includes(name) && name !== path.basename(places.lock));
await Promise.all(names.map((name) => rm(path.join(mainDir, name), { recursive: true, force: true })));
if (await engineAnswers(process.env)) await removeVolumes(mainDir);
// Tests may be running: what belongs to them stays, what a killed run left goes.
await clearOldRuns(terminal);
await lock();
terminal.say('forgotten; the next `npm start` begins anew');
