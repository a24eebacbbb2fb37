/** Operations as a process answers them: one log line, one duration and one span each, and one way of saying that something went wrong. */
import { encodeAnswer, serve, type Question, type Served, type Serving } from '@regie/bus';
import { refuse, type Operations } from '@regie/contracts';
import type { App } from './app.ts';
import { member } from './lines.ts';
import { errorFields } from './log.ts';
import { timersOf } from './metrics.ts';

/**
 * Answers a service's operations with one log line, one duration and one span each.
 * @param isOutage is it something else that is away (503), not a bug (500)?
 */
export function answerOperations(
  app: App, operations: Operations, answer: (question: Question, traceparent: string) => Promise<Served>, isOutage: (error: unknown) => boolean,
): Serving {
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
      app.log.error({
        op: name, status, ms, requestId: caller.requestId, traceId: span.traceId, companyId: caller.companyId, actorId: caller.id, ...errorFields(failure),
      }, 'failed');
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
    : refuse('internal', {
      en: 'We were told. Please try again; if it goes on, give us the trace id.',
      fr: 'Nous en sommes informés. Réessayez ; si cela persiste, indiquez-nous l’identifiant de trace.',
    });
  return encodeAnswer(question?.operation ?? ({ output: {}, status: 200 } as never), refusal as never, question?.caller ?? ({ language: 'en' } as never), {});
}
