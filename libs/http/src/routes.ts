/** Contract → routes: each operation with its checks, in the order that costs a refused request least. */
import { isRefusal, refuse, type Operation, type Refusal } from '@regie/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { contentRefusal, ifMatchOf, keyOf, waitOf } from './fields.ts';
import { sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation;
    /** The body is a table and is not read here. */
    csv?: boolean;
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

/** Sign-in and the like are short; a large body before a token is only a burden. */
const publicBodyLimit = 16 * 1024;
const none = Buffer.alloc(0);

/** Adds the route of every operation that has one. */
export function routeOperations(app: FastifyInstance, operations: readonly Operation[], door: Door): void {
  for (const operation of operations) if (operation.route !== null) addRoute(app, operation, operation.route, door);
}

function addRoute(app: FastifyInstance, operation: Operation, route: string, door: Door): void {
  const [method, url] = route.split(' ') as [string, string];
  const { body, accepts, produces, roles, rate } = operation;
  const csv = body !== null && accepts === 'text/csv';
  const writes = method !== 'GET';
  app.route({
    method, url,
    // A table is made page by page; without its body that would be work for nothing.
    ...(method === 'GET' ? { exposeHeadRoute: produces !== 'text/csv' } : {}),
    bodyLimit: roles === 'public' ? Math.min(operation.bodyLimit, publicBodyLimit) : operation.bodyLimit,
    config: { operation, csv },
    schema: { params: operation.params, querystring: operation.query, ...(body === null || csv ? {} : { body }) },
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
    preValidation(request, reply, next) {
      if (body !== null && !csv) { if (request.bytes.length === 0) request.body = {}; }
      else if (body === null && !isEmpty(request.body)) { sendProblem(request, reply, noBody); return; }
      else if (csv && request.bytes.length === 0) { sendProblem(request, reply, noTable); return; }
      next();
    },
    ...(rate === 'strict' ? {
      async preHandler(request: FastifyRequest, reply: FastifyReply) {
        const refusal = await door.admitStrict(operation, request, reply);
        if (refusal) sendProblem(request, reply, refusal);
      },
    } : {}),
    handler(request, reply) {
      const idempotencyKey = method === 'POST' ? keyOf(request.headers['idempotency-key'] as string | undefined) : undefined;
      if (isRefusal(idempotencyKey)) { sendProblem(request, reply, idempotencyKey); return; }
      door.answer({
        operation, params: { ...(request.query as object), ...(request.params as object) }, body: body === null ? none : request.bytes, idempotencyKey,
        ifMatch: writes ? ifMatchOf(request.headers['if-match']) : undefined, wait: operation.settledBy === null ? 0 : waitOf(request.headers['prefer'] as string | undefined),
      }, request, reply).catch((error: unknown) => void reply.send(error));
    },
  });
}

/** Clients of actions without a body often send `{}`. */
const isEmpty = (body: unknown): boolean => body === undefined || (typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0);
const nul = refuse('request.malformed', { en: 'An address has no NUL.', fr: 'Une adresse ne contient pas de NUL.' });
const noBody = refuse('request.invalid', { en: 'This takes no body.', fr: "Ceci n'attend pas de corps." });
const noTable = refuse('request.invalid', { en: 'Send the table as the body.', fr: 'Envoyez le tableau dans le corps.' });
