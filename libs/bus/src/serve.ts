/** Answers a service's operations. */
import type { Msg } from '@nats-io/nats-core';
import { refuse, subjectOf, type Caller, type Operation, type Operations } from '@regie/contracts';
import type { Bus } from './connection.ts';
import { headersIn } from './headers.ts';
import { endpoint, readQuestion, type Endpoint, type Question } from './question.ts';
import { answerHeaders, encodeAnswer, numberIn, type Served } from './wire.ts';

export interface Serving {
  /** Takes no new questions and waits until those in hand are answered. */
  stop(): Promise<void>;
  readonly inFlight: () => number;
}

/** Questions in hand at once; beyond it the answer is 503, so that a queue never grows without end. */
const maxInFlight = 1_000;

/**
 * Answers a service's questions until it is stopped; copies of the service share them (a queue group).
 * @param answer does the work of one question; what it throws becomes a 500 (or 503 for an outage) through `failed`
 */
export function serve(
  bus: Bus, service: string, operations: Operations,
  answer: (question: Question) => Promise<Served>, failed: (error: unknown, question: Question | undefined, subject: string) => Served,
): Serving {
  const bySubject = new Map<string, Endpoint>(Object.entries(operations).map(([key, operation]) => [subjectOf(operation), endpoint(key, operation)]));
  let inFlight = 0;
  let idle: (() => void) | undefined;

  const respond = ({ reply }: Msg, sent: string, served: Served, failed?: () => void): void => {
    if (reply) bus.sender.send({ subject: reply, payload: served.body, headers: answerHeaders(served, numberIn(sent)), ...(failed ? { failed } : {}) });
  };
  /** A page of large things may be more than one message holds. What was changed is never said to have failed. */
  const tooLarge = (message: Msg, sent: string, question: Question | undefined): (() => void) | undefined =>
    (question?.operation.route?.startsWith('GET ') ? () => respond(message, sent, encodeAnswer(question.operation, larger as never, question.caller, {})) : undefined);
  const handle = async (message: Msg): Promise<void> => {
    const sent = headersIn(message);
    let question: Question | undefined;
    let served: Served;
    try {
      const known = bySubject.get(message.subject);
      if (!known) throw new Error(`${message.subject} is not an operation of ${service}`);
      const read = readQuestion(sent, message.data, known);
      if ('status' in read) served = read;
      else served = await answer((question = read));
    } catch (error) {
      served = failed(error, question, message.subject);
    }
    respond(message, sent, served, tooLarge(message, sent, question));
  };

  const settled = (): void => {
    inFlight--;
    if (inFlight === 0) idle?.();
  };

  const subscription = bus.nc.subscribe(`op.${service}.>`, {
    queue: service,
    callback: (error, message) => {
      if (error) return;
      if (inFlight >= maxInFlight) {
        const busy = encodeAnswer(
          fallback, refuse('service.overloaded', { en: 'Please try again in a moment.', fr: 'Réessayez dans un instant.' }) as never,
          { language: 'en' } as Caller, {});
        respond(message, headersIn(message), busy);
        return;
      }
      inFlight++;
      // The promise is caught whole: an exception out of this callback would deafen the connection silently.
      void handle(message).then(settled, settled);
    },
  });

  return {
    inFlight: () => inFlight,
    async stop() {
      // Drained, not unsubscribed: questions the server has already handed to us are answered.
      await subscription.drain().catch(() => undefined);
      if (inFlight > 0) await new Promise<void>((resolve) => { idle = resolve; });
      bus.sender.flush();
    },
  };
}

const larger = refuse('request.too-large', {
  en: 'The answer is too large: ask for fewer at once with `limit`.', fr: 'La réponse est trop volumineuse : demandez-en moins à la fois avec `limit`.',
});
const fallback = { output: {}, status: 200 } as Operation;
