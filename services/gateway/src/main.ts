/** The process. */
import { runProcess } from '@regie/runtime';
import { startGateway } from './gateway.ts';

runProcess(() => startGateway());
