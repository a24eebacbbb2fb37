/** Real servers and ill treatment, for tests. */
export { anAdmin, aCaller, type CallerOver } from './callers.ts';
export { freshDatabase, type FreshDatabase } from './database.ts';
export { atOnce, eventually, twice } from './hostile.ts';
export { freshNats, type FreshNats } from './nats.ts';
export { freePort } from './ports.ts';
export { askAs, type AskOver } from './asking.ts';
