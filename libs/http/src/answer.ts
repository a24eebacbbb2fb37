/** Answers in one piece: their headers written once, and the whole handed to the socket in one write (docs/adr/0010-written-by-hand.md). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { writeHead } from './head.ts';
import { securityHeaders } from './security.ts';

/** Names and values in turn, as Node takes them. */
export type Fields = string[];

/** A body up to this many bytes is written together with its headers; copying a larger one would cost more than a second write. */
const small = 16_384;

/**
 * Answers. Nothing of Fastify's own sending takes part, so no `onSend` hook does either.
 * @param fields headers besides those every answer has
 * @param body null for none
 */
export function sendWhole(request: FastifyRequest, reply: FastifyReply, status: number, fields: Fields, body: Uint8Array | null): void {
  const { about } = request;
  const { raw } = reply;
  if (about) fields.push('x-request-id', about.requestId, 'traceresponse', about.traceparent);
  // What plugins (CORS) and Fastify itself have set meanwhile.
  const others = reply.getHeaders();
  for (const name in others) fields.push(name, String(others[name]));
  if (about?.last && !('connection' in others)) fields.push('connection', 'close');
  // First what may throw: then it can still be answered with a problem.
  writeHead(raw, status, fields, status === 204 || status === 304 ? null : (body?.length ?? 0));
  reply.hijack();
  if (body === null) raw.end();
  else if (body.length > small) raw.end(body);
  // Bytes as characters and back are the same bytes, and text goes out together with the headers.
  else raw.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1');
}

/** Gives the answers that Fastify sends (pages, tables, health) the headers every answer has. */
export function dressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    for (const name in securityHeaders) if (!reply.hasHeader(name)) reply.header(name, securityHeaders[name]);
    const { about } = request;
    if (about) reply.header('x-request-id', about.requestId).header('traceresponse', about.traceparent);
    if (about?.last) reply.header('connection', 'close');
    done(null, payload);
  });
}
