/** Everything identity can be asked, and everything it tells. */
import { service } from '../service.ts';
import { sessionFacts, sessionOperations } from './sessions.ts';
import { userFacts, userOperations } from './users.ts';

export * from './users.ts';
export * from './sessions.ts';
export * from './token.ts';

export const identity = service({
  name: 'identity',
  operations: { ...sessionOperations, ...userOperations },
  facts: { ...sessionFacts, ...userFacts },
  commands: {},
  listeners: {},
});
