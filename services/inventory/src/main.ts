/** The process of inventory. */
import { runProcess, startService } from '@regie/runtime';
import { parts } from './inventory.ts';

runProcess(() => startService(parts));
