/** The process of audit. */
import { runProcess } from '@regie/runtime';
import { startAudit } from './audit.ts';

runProcess(() => startAudit());
