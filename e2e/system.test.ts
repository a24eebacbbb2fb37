import { afterAll, beforeAll } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegie, type Regie } from '../stack/src/index.ts';
import { access } from './suites/access.ts';
import { mainJob } from './suites/main-job.ts';
import { trace } from './suites/trace.ts';
import { clientOf, type Call } from './support/client.ts';

let regie: Regie, dir: string, call: Call;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'regie-e2e-'));
  // Every test signs in people of its own, far more often than anybody does.
  regie = await startRegie({ dir, quiet: true, env: { RATE_STRICT_PER_MINUTE: '100000', RATE_PER_MINUTE: '1000000' } });
  call = clientOf(regie.gateway);
}, 120_000);
afterAll(async () => { await regie?.stop(); await rm(dir, { recursive: true, force: true }); }, 60_000);

mainJob(() => call);
access(() => call);
trace(() => call, () => Object.fromEntries(Object.entries(regie.services).map(([name, { log }]) => [name, log])));
