/** From a request that fits to the service's answer, or to what can be said without one. */
import { NoAnswer, type Answered, type Bus } from '@regie/bus';
import { refuse, subjectOf, type Caller, type Operation, type Refusal } from '@regie/contracts';
import { setTimeout as pause } from 'node:timers/promises';

export interface Question {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly traceparent: string;
  /** When nobody waits for the answer any more, in milliseconds since 1970. */
  readonly deadline: number;
}

export type Ask = (question: Question) => Promise<Answered | Refusal>;

/** How long a question nobody heard is asked again (ms): a service that restarts loses no request. */
const patience = 2_000;

/** @param linked is the connection to NATS up? Without it a question would wait in a buffer and be heard when nobody waits for it any more. */
export function openAsking(bus: Bus, linked: () => boolean): Ask {
  return async (question) => {
    const { operation, caller, params, body, idempotencyKey, ifMatch, traceparent, deadline } = question;
    const subject = subjectOf(operation);
    const patientUntil = Math.min(Date.now() + patience, deadline);
    for (;;) {
      try {
        if (!linked()) throw new NoAnswer(subject, 'no-responders');
        return await bus.asking.ask(subject, { caller, params, body, idempotencyKey, ifMatch, traceparent, remainingMs: deadline - Date.now() });
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (error.reason === 'timeout') return operation.route?.startsWith('GET ') === false ? unknownOutcome : unavailable;
        // Nobody heard it, so nothing happened: it may be asked again.
        if (error.reason === 'closed' || Date.now() > patientUntil) return unavailable;
        await pause(50 + Math.random() * 200);
      }
    }
  };
}

export const unavailable = refuse('service.unavailable', { en: 'Please try again in a moment; nothing was changed.', fr: 'Réessayez dans un instant ; rien n’a été modifié.' });
const unknownOutcome = refuse('service.unavailable', {
  en: 'No answer came in time, and whether it was done is not known. Repeat it with the same Idempotency-Key: it is done once.',
  fr: 'Aucune réponse à temps : on ne sait pas si c’est fait. Répétez avec la même Idempotency-Key : ce ne sera fait qu’une fois.',
});
