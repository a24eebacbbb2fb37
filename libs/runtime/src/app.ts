/** What every process has: its connection, log, figures and traces; how it is judged healthy; how it stops. */
import { busTrouble, closeBus, connectBus, consume, encodeAnswer, serve, type Bus, type Consuming, type Heard, type Question, type Served, type Serving, type Unreadable } from '@regie/bus';
import { refuse, type Listener, type Operations } from '@regie/contracts';
import type { common } from './environment.ts';
import { closeHealth, serveHealth } from './health.ts';
import { errorFields, openLog, type Log } from './log.ts';
import { member, type RequestLines } from './lines.ts';
import { openMetrics, timersOf, type Metrics } from './metrics.ts';
import { openTracing, type Tracing } from './trace.ts';
import type Type from 'typebox';
import type { Static } from 'typebox';

export type CommonEnvironment = Static<Type.TObject<typeof common>>;

export interface App {
  readonly name: string;
  readonly env: CommonEnvironment;
  readonly bus: Bus;
  readonly log: Log;
  /** For the one line of each request. */
  readonly lines: RequestLines;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** What else must be well before the process is ready. */
  readonly readyChecks: (() => Promise<string | null>)[];
  /** Not ready before it has begun to serve, nor once it is asked to stop. */
  phase: 'starting' | 'serving' | 'stopping';
  /** Undone in reverse order at the stop: the last thing begun is the first to end. */
  readonly closers: (() => Promise<void>)[];
}

/** Opens log, traces and the connection to NATS. */
export async function openApp(name: string, env: CommonEnvironment): Promise<App> {
  const { log, lines } = openLog(name, env.LOG_LEVEL);
  const tracing = await openTracing(name, env.OTEL_EXPORTER_OTLP_ENDPOINT, env.OTEL_TRACES_SAMPLER_ARG);
  const bus = await connectBus(env.NATS_URL);
  const app: App = { name, env, log, lines, tracing, bus, metrics: openMetrics(name), readyChecks: [], phase: 'serving', closers: [] };
  app.closers.push(() => tracing.stop(), () => closeBus(bus));
  app.metrics.gauge('regie_consumer_in_hand', () => [...bus.loops].map(([consumer, { inHand }]) => [{ consumer }, inHand] as const));
  app.metrics.gauge('regie_process_resident_bytes', () => process.memoryUsage.rss());
  return app;
}

/** Starts health and metrics; from here on the process can be asked how it is, and says why it is not ready. */
export async function openHealth(app: App): Promise<void> {
  const server = await serveHealth(app.env.HOST, app.env.HEALTH_PORT, {
    live: () => busTrouble(app.bus),
    async ready() {
      const troubles = await troublesOf(app);
      return [...(app.phase === 'serving' ? [] : [app.phase]), ...troubles].join('; ') || null;
    },
  }, app.metrics);
  app.closers.push(() => closeHealth(server));
}

const troublesOf = async (app: App): Promise<string[]> =>
  (await Promise.all([busTrouble(app.bus), ...app.readyChecks.map((check) => check())])).filter((trouble) => trouble !== null);

/** Waits until nothing stands in the way of serving, saying once what does: questions are taken only by a process that can answer them. */
export async function untilReady(app: App): Promise<void> {
  let said = '';
  for (;;) {
    const trouble = (await troublesOf(app)).join('; ');
    if (trouble === '') break;
    if (trouble !== said) app.log.warn({ trouble }, 'not ready yet');
    said = trouble;
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  app.phase = 'serving';
}

/**
 * Answers a service's operations with one log line, one duration and one span each.
 * @param isOutage is it something else that is away (503), not a bug (500)?
 */
export function answerOperations(app: App, operations: Operations, answer: (question: Question, traceparent: string) => Promise<Served>, isOutage: (error: unknown) => boolean): Serving {
  const timer = timersOf(app.metrics, 'regie_operation_seconds');
  const serving = serve(app.bus, app.name, operations, async (question) => {
    const { operation: { name }, caller } = question;
    const span = app.tracing.span(`process op.${name}`, 'server', question.traceparent);
    const begun = performance.now();
    let served: Served;
    let failure: unknown;
    try {
      served = await answer(question, span.traceparent);
    } catch (error) {
      failure = error ?? new Error('nothing was thrown');
      served = unexpected(question, isOutage(error));
    }
    const ms = Math.round((performance.now() - begun) * 10) / 10;
    const { status } = served;
    span.set('regie.status', status);
    span.end(failure);
    timer(name, status)(ms / 1_000);
    if (failure !== undefined) {
      app.log.error({ op: name, status, ms, requestId: caller.requestId, traceId: span.traceId, companyId: caller.companyId, actorId: caller.id, ...errorFields(failure) }, 'failed');
    } else if (app.lines.on) {
      const who = member('requestId', caller.requestId) + member('traceId', span.traceId) + member('companyId', caller.companyId) + member('actorId', caller.id);
      app.lines.write(`"op":"${name}","status":${status},"ms":${ms}${who}`, 'answered');
    }
    return served;
  }, (error, question, subject) => {
    app.log.error({ subject, ...errorFields(error) }, 'unreadable question');
    return unexpected(question, false);
  });
  app.closers.push(() => serving.stop());
  return serving;
}

/** What a caller is told of a bug or an outage: nothing of its inside. */
function unexpected(question: Question | undefined, away: boolean): Served {
  const refusal = away
    ? refuse('service.unavailable', { en: 'Please try again in a moment; nothing was changed.', fr: 'Réessayez dans un instant ; rien n’a été modifié.' })
    : refuse('internal', { en: 'We were told. Please try again; if it goes on, give us the trace id.', fr: 'Nous en sommes informés. Réessayez ; si cela persiste, indiquez-nous l’identifiant de trace.' });
  return encodeAnswer(question?.operation ?? ({ output: {}, status: 200 } as never), refusal as never, question?.caller ?? ({ language: 'en' } as never), {});
}

export interface Reaction {
  readonly batch?: number | undefined;
  readonly inHand?: number | undefined;
  /** Hears the slots it is given, instead of all. */
  readonly shared?: boolean | undefined;
  handle(messages: readonly Heard[], traceparent: string): Promise<void>;
}

/** Hears one listener with the given reaction: one log line and one span a batch. */
export function react(app: App, listener: Listener, reaction: Reaction, { quarantine, isOutage }: { quarantine(unreadable: Unreadable): Promise<void>; isOutage(error: unknown): boolean }): Consuming {
  const consuming = consume(app.bus, listener, {
    ...(reaction.batch === undefined ? {} : { batch: reaction.batch }),
    ...(reaction.inHand === undefined ? {} : { inHand: reaction.inHand }),
    ...(reaction.shared === undefined ? {} : { shared: reaction.shared }),
    isOutage,
    async quarantine(unreadable) {
      await quarantine(unreadable);
      app.metrics.count('regie_quarantined_total', { consumer: listener.name });
      app.log.error({ consumer: listener.name, subject: unreadable.wireSubject, streamSequence: unreadable.streamSequence, reason: unreadable.reason }, 'quarantined');
    },
    onError(error, messages) {
      app.metrics.count('regie_reaction_failures_total', { consumer: listener.name });
      app.log.error({ consumer: listener.name, messages: messages.length, first: messages[0]?.id, delivery: messages[0]?.delivery, ...errorFields(error) }, 'will be tried again');
    },
    async handle(messages) {
      const begun = performance.now();
      const traces = [...new Set(messages.map(({ traceparent }) => traceparent).filter((trace) => trace !== undefined))];
      // A batch of one continues its producer's trace; of many it links to them, since it has no single parent.
      const span = app.tracing.span(`process ${listener.name}`, 'consumer', traces.length === 1 ? traces[0] : undefined, traces);
      let failure: unknown;
      try {
        await reaction.handle(messages, span.traceparent);
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        span.set('messaging.system', 'nats');
        span.set('messaging.batch.message_count', messages.length);
        span.end(failure);
        const ms = Math.round((performance.now() - begun) * 10) / 10;
        app.metrics.count('regie_messages_total', { consumer: listener.name }, messages.length);
        app.metrics.observe('regie_reaction_seconds', { consumer: listener.name }, ms / 1_000);
        if (failure === undefined) app.log.info({ consumer: listener.name, messages: messages.length, ms, traceIds: traces.slice(0, 20).map((trace) => trace.slice(3, 35)) }, 'heard');
      }
    },
  });
  app.closers.push(() => consuming.stop());
  return consuming;
}

/** Stops in reverse order: takes no more work, finishes what is in hand, flushes, closes. */
export async function stopApp(app: App): Promise<void> {
  app.phase = 'stopping';
  app.log.info('stopping');
  for (const close of app.closers.reverse()) await close().catch((error: unknown) => app.log.error(errorFields(error), 'while stopping'));
  app.closers.length = 0;
  app.log.info('stopped');
}

/** Runs `start` as this process: stops cleanly on SIGTERM and SIGINT, ends with 1 when it cannot start. */
export function runProcess(start: () => Promise<App>): void {
  start().then(
    (app) => {
      let stopping = false;
      const stop = () => {
        if (stopping) return;
        stopping = true;
        // What hangs must not keep an operator waiting for ever.
        setTimeout(() => process.exit(1), 20_000).unref();
        void stopApp(app).then(() => process.exit(0));
      };
      process.once('SIGTERM', stop).once('SIGINT', stop);
      process.on('unhandledRejection', (error) => app.log.error(errorFields(error), 'unhandled rejection'));
    },
    (error: unknown) => {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exit(1);
    },
  );
}
