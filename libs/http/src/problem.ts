/** Problems on their way out: in the caller's language, with the address and the trace they belong to. */
import { problemOf, problemType, type Problem, type Refusal } from '@regie/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendWhole, type Fields } from './answer.ts';
import { languageOf } from './language.ts';

/** The path alone: a query may hold what somebody searches for. */
const instanceOf = (url: string): string => {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
};

/** The problem's members that only the door knows. */
export const placed = (problem: Problem, request: FastifyRequest): Problem =>
  ({ ...problem, instance: instanceOf(request.url), ...(request.about ? { traceId: request.about.traceId } : {}) });

/** Adds them to a problem that comes as bytes from a service, without reading it: before its last brace. */
export function placeBytes(body: Uint8Array, request: FastifyRequest): Buffer {
  const more = `,"instance":${JSON.stringify(instanceOf(request.url))},"traceId":"${request.about?.traceId ?? ''}"}`;
  const end = body.lastIndexOf(0x7d);
  return end < 0 ? Buffer.from(body) : Buffer.concat([body.subarray(0, end), Buffer.from(more)]);
}

/** Answers with a refusal. A 401 says how to sign in; what passes by itself says when to come back. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): void {
  const problem = placed(problemOf(refusal, request.about?.language ?? languageOf(request.headers['accept-language'])), request);
  const { status, code } = problem;
  const fields: Fields = ['content-type', problemType, 'cache-control', 'no-store'];
  if (status === 401) fields.push('www-authenticate', code === 'auth.token-invalid' ? 'Bearer error="invalid_token"' : 'Bearer');
  if ((status === 503 || code === 'idempotency.in-progress') && !reply.hasHeader('retry-after')) fields.push('retry-after', '1');
  sendWhole(request, reply, status, fields, Buffer.from(JSON.stringify(problem)));
}
