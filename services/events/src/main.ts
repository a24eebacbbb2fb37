/** The process of events. */
import { runProcess, startService } from '@regie/runtime';
import { parts } from './events.ts';

runProcess(() => startService(parts));
