/** Test runs that were killed: their servers still run, and their data lie about. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { endLeftovers } from './base/leftovers.ts';
import { lockHolder } from './base/lock.ts';
import { placesIn, shared } from './base/paths.ts';
import type { Screen } from './base/screen.ts';
import { serverNames } from './servers/server.ts';

/** Ends and removes what runs left behind that were killed. Runs that are going on hold their lock and are left alone. */
export async function clearOldRuns(screen: Screen): Promise<void> {
  if (!existsSync(shared.tests)) return;
  for (const name of await readdir(shared.tests)) {
    const old = placesIn(path.join(shared.tests, name));
    // A run takes its lock right after it has made its folder: one without any is either that young or was killed that young.
    if (!existsSync(old.lock) || (await lockHolder(old.lock)) !== undefined) continue;
    await endLeftovers(old.pids, serverNames, screen.say);
    await rm(old.dir, { recursive: true, force: true });
  }
}
