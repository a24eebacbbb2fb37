/** Contract → routes: each operation with its checks, in the order that costs a refused request least. */
import { isRefusal, refuse, type Operation, type Refusal } from '@regie/contracts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyTaker, none } from './body.ts';
import { contentRefusal, ifMatchOf, keyOf, waitOf } from './fields.ts';
import { sendProblem } from './problem.ts';
import { checkFields, compile, fieldErrors } from './validation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation;
  }
}

/** A request that was read, and found to fit its contract. */
export interface Asked {
  readonly operation: Operation;
  /** Path and query, of the types the contract declares. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The body's bytes as they came; empty when the operation takes none. */
  readonly body: Buffer;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch: string | undefined;
  /** Seconds the client will wait for a decision. */
  readonly wait: number;
}

export interface Door {
  /** May it come in? Asked before the body is read. */
  admit(operation: Operation, request: FastifyRequest, reply: FastifyReply): Refusal | undefined | Promise<Refusal | undefined>;
  /** Asked once more for `strict` operations, when it is known what they are about. */
  admitStrict(operation: Operation, request: FastifyRequest, reply: FastifyReply): Promise<Refusal | undefined>;
  /** Answers through `reply`. What it throws is a bug, and becomes a 500. */
  answer(asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** Adds the route of every operation that has one. */
export function routeOperations(app: FastifyInstance, operations: readonly Operation[], door: Door): void {
  for (const operation of operations) if (operation.route !== null) addRoute(app, operation, operation.route, door);
}

function addRoute(app: FastifyInstance, operation: Operation, route: string, door: Door): void {
  const [method, url] = route.split(' ') as [string, string];
  const { body, accepts, produces, rate } = operation;
  const csv = body !== null && accepts === 'text/csv';
  const writes = method !== 'GET';
  const fits = body === null || csv ? undefined : compile(body, 'body');

  // Not through `reply.send`, which would send what is thrown and is no error as if it were the answer.
  const failed = (request: FastifyRequest, reply: FastifyReply) => (error: unknown): void => { if (!reply.sent) app.errorHandler(error as FastifyError, request, reply); };
  const ask = (request: FastifyRequest, reply: FastifyReply): void => {
    const idempotencyKey = method === 'POST' ? keyOf(request.headers['idempotency-key'] as string | undefined) : undefined;
    if (isRefusal(idempotencyKey)) { sendProblem(request, reply, idempotencyKey); return; }
    door.answer({
      operation, params: { ...(request.query as object), ...(request.params as object) }, body: body === null ? none : request.bytes, idempotencyKey,
      ifMatch: writes ? ifMatchOf(request.headers['if-match']) : undefined, wait: operation.settledBy === null ? 0 : waitOf(request.headers['prefer'] as string | undefined),
    }, request, reply).catch(failed(request, reply));
  };
  const askStrictly = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const refusal = await door.admitStrict(operation, request, reply);
    if (refusal) sendProblem(request, reply, refusal);
    else ask(request, reply);
  };
  app.route({
    method, url,
    // A table is made page by page; without its body that would be work for nothing.
    ...(method === 'GET' ? { exposeHeadRoute: produces !== 'text/csv' } : {}),
    config: { operation },
    schema: { params: operation.params, querystring: operation.query },
    onRequest(request, reply, next) {
      const admitted = door.admit(operation, request, reply);
      const then = (refusal: Refusal | undefined) => {
        const refused = refusal ?? (request.url.includes('%00') ? nul : writes ? contentRefusal(csv ? 'text/csv' : 'application/json', request.headers) : undefined);
        if (refused) sendProblem(request, reply, refused);
        else next();
      };
      if (admitted instanceof Promise) admitted.then(then, next);
      else then(admitted);
    },
    ...(writes ? { preValidation: bodyTaker(operation) } : {}),
    handler(request, reply) {
      if (fits !== undefined && !fits(request.body)) sendProblem(request, reply, refuse(
        'request.invalid', checkFields, { errors: fieldErrors(fits.errors!, 'body', request.about?.language ?? 'en') }));
      else if (rate === 'strict') askStrictly(request, reply).catch(failed(request, reply));
      else ask(request, reply);
    },
  });
}

const nul = refuse('request.malformed', { en: 'An address has no NUL.', fr: 'Une adresse ne contient pas de NUL.' });
