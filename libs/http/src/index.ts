/** Contract → HTTP: strict reading, one form of refusal. Only the gateway uses it. */
export { sendWhole, type Fields } from './answer.ts';
export { languageOf } from './language.ts';
export { placeBytes, sendProblem } from './problem.ts';
export { routeOperations, type Asked, type Door } from './routes.ts';
export { securityHeaders } from './security.ts';
export { openServer, type About, type ServerOptions } from './server.ts';
export { compile } from './validation.ts';
