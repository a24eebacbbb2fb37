/** Contract → HTTP: strict reading, one form of refusal. Only the gateway uses it. */
export { sendWhole, type Fields } from './answer.ts';
export { longestWait } from './fields.ts';
export { maxDepth, readJson } from './json.ts';
export { languageOf } from './language.ts';
export { placeBytes, problemType, sendProblem } from './problem.ts';
export { routeOperations, type Asked, type Door } from './routes.ts';
export { securityHeaders } from './security.ts';
export { openServer, type About, type ServerOptions } from './server.ts';
export { compile, fieldErrors } from './validation.ts';
