/** Every request's beginning and end: its ids, its span, its one line in the log. */
import { languageOf, type About } from '@regie/http';
import { member, timersOf, type App, type Span } from '@regie/runtime';
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
export function openArrivals({ tracing, log, lines, metrics }: Pick<App, 'tracing' | 'log' | 'lines' | 'metrics'>, stopping: () => boolean): Arrivals {
  let inFlight = 0;
  metrics.gauge('regie_http_in_flight', () => inFlight);
  const timer = timersOf(metrics, 'regie_http_seconds');

  /** How a line begins: the same for all requests of a route. */
  const begins = new Map<string, string>();
  const whatOf = (method: string, route: string, operation: string): string => {
    const key = `${method} ${operation}`;
    let begin = begins.get(key);
    if (begin === undefined) begins.set(key, (begin = `"method":"${method}"${member('route', route)}${member('op', operation)}`));
    return begin;
  };

  const gone = (request: FastifyRequest, { raw }: FastifyReply, about: About, span: Span, begun: number): void => {
    inFlight--;
    const { method, routeOptions, caller } = request;
    const route = routeOptions.url ?? 'unknown';
    const status = raw.writableFinished ? raw.statusCode : 499;
    const ms = Math.round((performance.now() - begun) * 10) / 10;
    span.set('http.request.method', method);
    span.set('http.route', route);
    span.set('http.response.status_code', status);
    span.end(status >= 500 ? `status ${status}` : undefined);
    if (route.startsWith('/health/')) return;
    const operation = routeOptions.config.operation?.name ?? route;
    timer(operation, status)(ms / 1_000);
    const ip = request.raw.socket.remoteAddress;
    if (status >= 500) {
      log.warn({ method, route, op: operation, status, ms, requestId: about.requestId, traceId: about.traceId, companyId: caller?.companyId, actorId: caller?.id, ip }, 'request');
    } else if (lines.on) {
      const who = `,"requestId":"${about.requestId}","traceId":"${about.traceId}"` + member('companyId', caller?.companyId) + member('actorId', caller?.id) + member('ip', ip);
      lines.write(`${whatOf(method, route, operation)},"status":${status},"ms":${ms}${who}`, 'request');
    }
  };

  return {
    inFlight: () => inFlight,
    arrived(request, reply) {
      const begun = performance.now();
      const { method, headers, routeOptions } = request;
      const sent = headers['x-request-id'];
      const given = typeof sent === 'string' && isUuid(sent) ? sent.toLowerCase() : undefined;
      if (given !== undefined) foreign.add(request);
      const span = tracing.span(`${method} ${routeOptions.url ?? 'unknown'}`, 'server', headers['traceparent'] as string | undefined);
      const about: About = {
        requestId: given ?? randomUUID(), traceId: span.traceId, traceparent: span.traceparent,
        language: languageOf(headers['accept-language']), last: stopping(),
      };
      inFlight++;
      // `close` comes once, after the last byte or when the client has gone.
      reply.raw.on('close', () => gone(request, reply, about, span, begun));
      return about;
    },
  };
}
