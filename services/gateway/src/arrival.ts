/** Every request's beginning and end: its ids, its span, its one line in the log. */
import { languageOf, type About } from '@regie/http';
import type { App } from '@regie/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUuid } from '@regie/contracts';
import { randomUUID } from 'node:crypto';

export interface Arrivals {
  readonly arrived: (request: FastifyRequest, reply: FastifyReply) => About;
  readonly inFlight: () => number;
}

/** Requests whose id the client chose. */
const foreign = new WeakSet<FastifyRequest>();
export const hasForeignId = (request: FastifyRequest): boolean => foreign.has(request);

/** @param stopping while the process stops, clients are told to open their next connection elsewhere */
export function openArrivals({ tracing, log, metrics }: Pick<App, 'tracing' | 'log' | 'metrics'>, stopping: () => boolean): Arrivals {
  let inFlight = 0;
  metrics.gauge('regie_http_in_flight', () => inFlight);
  return {
    inFlight: () => inFlight,
    arrived(request, reply) {
      const begun = performance.now();
      const { method, headers, raw, routeOptions } = request;
      const route = routeOptions.url ?? 'unknown';
      const sent = headers['x-request-id'];
      const given = typeof sent === 'string' && isUuid(sent) ? sent.toLowerCase() : undefined;
      if (given !== undefined) foreign.add(request);
      const span = tracing.span(`${method} ${route}`, 'server', headers['traceparent'] as string | undefined);
      const about: About = { requestId: given ?? randomUUID(), traceId: span.traceId, traceparent: span.traceparent, language: languageOf(headers['accept-language']) };
      reply.header('x-request-id', about.requestId).header('traceresponse', span.traceparent);
      if (stopping()) reply.header('connection', 'close');
      inFlight++;
      // `close` comes once, after the last byte or when the client has gone.
      reply.raw.once('close', () => {
        inFlight--;
        const status = reply.raw.writableFinished ? reply.raw.statusCode : 499;
        const ms = Math.round((performance.now() - begun) * 10) / 10;
        span.set('http.request.method', method);
        span.set('http.route', route);
        span.set('http.response.status_code', status);
        span.end(status >= 500 ? `status ${status}` : undefined);
        if (route.startsWith('/health/')) return;
        const operation = routeOptions.config.operation?.name ?? route;
        metrics.observe('regie_http_seconds', { operation, status: String(status) }, ms / 1_000);
        const { caller } = request;
        log[status >= 500 ? 'warn' : 'info']({ method, route, op: operation, status, ms, requestId: about.requestId, traceId: about.traceId, companyId: caller?.companyId, actorId: caller?.id, ip: raw.socket.remoteAddress }, 'request');
      });
      return about;
    },
  };
}
