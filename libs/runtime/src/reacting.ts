/** Reactions as a process hears them: one log line and one span a batch, and figures of what failed and was put aside. */
import { consume, type Consuming, type Consumption, type Heard } from '@regie/bus';
import type { Listener } from '@regie/contracts';
import type { App } from './app.ts';
import { errorFields } from './log.ts';

/** What a process does about what it hears, see `Consumption` in the bus. */
export interface Reaction {
  /** Most messages at once. */
  readonly batch?: number | undefined;
  /** Batches worked on at once. */
  readonly inHand?: number | undefined;
  /** Hears the slots it is given, instead of all. */
  readonly shared?: boolean | undefined;
  handle(messages: readonly Heard[], traceparent: string): Promise<void>;
}

/** What becomes of messages that cannot be read, and of errors. */
export type Trouble = Pick<Consumption, 'quarantine' | 'isOutage'>;

/** Hears one listener with the given reaction: one log line and one span a batch. */
export function react(app: App, listener: Listener, reaction: Reaction, { quarantine, isOutage }: Trouble): Consuming {
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
        if (failure === undefined) app.log.info(
          { consumer: listener.name, messages: messages.length, ms, traceIds: traces.slice(0, 20).map((trace) => trace.slice(3, 35)) }, 'heard');
      }
    },
  });
  app.closers.push(() => consuming.stop());
  return consuming;
}
