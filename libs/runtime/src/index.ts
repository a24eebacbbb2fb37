/** The same for every service: start, serve, react, be healthy, stop. */
export { answerOperations } from './answering.ts';
export { openApp, openHealth, runProcess, stopApp, type App } from './app.ts';
export { common, readEnvironment, withDatabase } from './environment.ts';
export { together, type Asked, type Together } from './handlers.ts';
export { errorFields, type Log } from './log.ts';
export { member, type RequestLines } from './lines.ts';
export { timersOf, type Metrics } from './metrics.ts';
export { openOrigin, sealOrigin, type Origin } from './origin.ts';
export type { HandlersIn, InTransaction } from './perform.ts';
export { react, type Reaction } from './reacting.ts';
export type { Reacting, ServiceParts, ServiceReaction } from './service.ts';
export { startService } from './start.ts';
export { parseTraceparent, type Span, type Tracing } from './trace.ts';
