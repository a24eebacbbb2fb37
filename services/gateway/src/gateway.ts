/** The gateway on one page: what it is made of, and how it starts and stops. */
import cors from '@fastify/cors';
import { busTrouble, hearNotices, type Bus } from '@regie/bus';
import { allOperations, isRefusal } from '@regie/contracts';
import { openServer, routeOperations, sendProblem, type Asked } from '@regie/http';
import { errorFields, openApp, openHealth, type App } from '@regie/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openAdmission } from './admission.ts';
import { hasForeignId, openArrivals } from './arrival.ts';
import { openAsking, type Question } from './asking.ts';
import { readConfig } from './config.ts';
import { keepEndedAccess, openEndings } from './ended-access.ts';
import { keepKeys, unknownKeyPause } from './keys.ts';
import { openLimits } from './limits.ts';
import { patient } from './own-questions.ts';
import { servePages } from './pages.ts';
import { openRedis } from './redis.ts';
import { sendAnswered } from './replying.ts';
import { settled } from './settling.ts';
import { sendTable } from './tables.ts';
import { openTokens } from './tokens.ts';
import { openTrail, type Told } from './trail.ts';

/** Milliseconds for an answer, besides what the client wants to wait for a decision. */
const answerTime = 10_000;

/** While nobody can be let in, identity is asked again this soon (ms). */
const refreshPause = 100;

/** Starts the gateway and resolves when it answers. */
export async function startGateway(environment: NodeJS.ProcessEnv = process.env): Promise<App> {
  const { env, corsOrigins, trustedProxies, rates } = readConfig(environment);
  const app = await openApp('gateway', env);
  const { bus, log, metrics } = app;
  const complain = (what: string) => (error: unknown) => log.warn(errorFields(error), what);

  const limits = openLimits(openRedis(env.REDIS_URL, complain('Redis is away: limits are kept by this process alone')), (error) => log.debug(errorFields(error), 'limits'));
  const tokens = openTokens();
  const endings = openEndings();
  const keys = keepKeys(bus, tokens, complain('keys are not known yet'));
  const endedAccess = keepEndedAccess(bus, endings, complain('ended access is not known yet'));
  const link = watchLink(bus, () => { void keys.refresh(); void endedAccess.refresh(); });
  const notices = hearNotices(bus);
  const trail = openTrail(bus, env.ORIGIN_KEY, (error, fact) => { metrics.count('regie_facts_lost_total', { fact }); log.error({ fact, ...errorFields(error) }, 'not told'); });
  const ask = openAsking(bus, link.up);
  const letIn = patient(() => tokens.hasKeys() && endedAccess.known(), () => Promise.all([keys.refresh(refreshPause), endedAccess.refresh(refreshPause)]));

  let stopping = false;
  const arrivals = openArrivals(app, () => stopping);
  const admission = openAdmission({
    tokens, endings, limits, rates,
    overloaded: () => arrivals.inFlight() > env.MAX_IN_FLIGHT,
    ready: letIn,
    newKeys: () => keys.refresh(unknownKeyPause),
    refused: (operation, code, request) => trail.refused(operation, code, toldOf(request)),
  });

  const server = openServer({
    arrived: arrivals.arrived, trustedProxies,
    failed: (error, request) => log.error({ requestId: request.about?.requestId, traceId: request.about?.traceId, ...errorFields(error) }, 'failed'),
  });
  server.decorateRequest('caller', undefined);
  if (corsOrigins.length > 0) await server.register(cors, { origin: corsOrigins, methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], exposedHeaders: exposed, maxAge: 600 });

  const answer = async (asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { operation, wait } = asked;
    const now = Date.now();
    const question: Question = { ...asked, caller: request.caller!, traceparent: request.about!.traceparent, deadline: now + answerTime + wait * 1_000 };
    const answered = operation.produces === 'text/csv'
      ? await sendTable(reply, question, ask, () => trail.exported(operation, toldOf(request)))
      : operation.settledBy === null ? await ask(question) : await settled(question, ask, notices, now + wait * 1_000);
    if (answered === undefined) return;
    if (isRefusal(answered)) sendProblem(request, reply, answered);
    else sendAnswered(request, reply, operation, answered, wait);
  };
  routeOperations(server, allOperations, { ...admission, answer });

  const live = () => busTrouble(bus);
  const ready = async () => (stopping ? 'stopping' : await busTrouble(bus));
  await servePages(server, { publicUrl: env.PUBLIC_URL, live, ready, limited: (request, reply) => admission.limitStranger(request, reply) });
  app.readyChecks.push(async () => (stopping ? 'stopping' : null));
  metrics.gauge('regie_http_waiting_facts', () => trail.pending());
  metrics.gauge('regie_limited_keys', () => limits.size());

  app.closers.push(async () => { link.close(); keys.close(); endedAccess.close(); notices.close(); await limits.close(); }, () => trail.flush(3_000));
  await openHealth(app);
  await server.listen({ port: env.PORT, host: env.HOST });
  // The last begun is the first to end: no more requests, while all they need still works.
  app.closers.push(async () => { stopping = true; notices.giveUp(); await closeServer(server); });
  log.info({ port: env.PORT }, 'ready');
  return app;
}

const toldOf = (request: FastifyRequest): Told => ({ caller: request.caller!, traceparent: request.about!.traceparent, foreignId: hasForeignId(request) });

const exposed = [
  'ETag', 'Location', 'Link', 'Retry-After', 'Idempotency-Replayed', 'Preference-Applied',
  'X-Request-Id', 'traceresponse', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset',
];

/** Knows whether the connection to NATS is up. @param back called when it is up again: what was told meanwhile was missed */
function watchLink({ nc }: Bus, back: () => void): { up: () => boolean; close(): void } {
  let up = true;
  let watching = true;
  void (async () => {
    for await (const { type } of nc.status()) {
      if (!watching) return;
      if (type === 'disconnect') up = false;
      if (type === 'reconnect') { up = true; back(); }
    }
  })().catch(() => undefined);
  return { up: () => up && !nc.isClosed(), close() { watching = false; } };
}

/** Lets the requests in hand finish. Connections kept alive would hold the server open, so idle ones are closed again and again. */
async function closeServer(server: FastifyInstance): Promise<void> {
  const idle = setInterval(() => server.server.closeIdleConnections(), 50);
  await server.close().finally(() => clearInterval(idle));
}
