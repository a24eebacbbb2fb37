/** What every process has: its connection, log, figures and traces; how it is judged healthy; how it stops. */
import { busTrouble, closeBus, connectBus, type Bus } from '@regie/bus';
import type { common } from './environment.ts';
import { closeHealth, serveHealth } from './health.ts';
import { errorFields, openLog, type Log } from './log.ts';
import type { RequestLines } from './lines.ts';
import { openMetrics, type Metrics } from './metrics.ts';
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
