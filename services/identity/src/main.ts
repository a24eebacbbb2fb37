/** The process. */
import { runProcess, startService } from '@regie/runtime';
import { parts } from './identity.ts';
import { openTools } from './settings.ts';

runProcess(async () => startService(parts(await openTools())));
