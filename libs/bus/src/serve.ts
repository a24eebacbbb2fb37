/** Answers a service's operations: reads, authorises and checks each question again, whatever the gateway did before. */
import type { Msg } from '@nats-io/nats-core';
import { allows, refuse, subjectOf, type Caller, type Operation, type Operations, type TSchema } from '@regie/contracts';
import { Compile } from 'typebox/compile';
import type { Bus } from './connection.ts';
import { answerHeaders, encodeAnswer, H, versionOf, type Served } from './wire.ts';

/** A question that was read, authorised and found valid. */
export interface Question {
  /** The operation's key in its service's contract: `createEquipment`. */
  readonly key: string;
  readonly operation: Operation;
  readonly caller: Caller;
  /** Body, query and path in one; the path last, so that a body can never overrule the address. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly expectedVersion: number | undefined;
  readonly idempotencyKey: string | undefined;
  /** The bytes that make two requests the same one. */
  readonly fingerprint: readonly [params: string, body: Uint8Array];
  /** When the asker stops waiting, in milliseconds since 1970. */
  readonly deadline: number;
  readonly traceparent: string | undefined;
}

export interface Serving {
  /** Takes no new questions and waits until those in hand are answered. */
  stop(): Promise<void>;
  readonly inFlight: () => number;
}

/** An operation as it is served: its checks are compiled once. */
interface Endpoint { readonly operation: Operation; readonly key: string; readonly accepts: (part: 'params' | 'query' | 'body', value: unknown) => boolean }

/** Questions in hand at once; beyond it the answer is 503, so that a queue never grows without end. */
const maxInFlight = 1_000;

/**
 * Answers a service's questions until it is stopped; copies of the service share them (a queue group).
 * @param answer does the work of one question; what it throws becomes a 500 (or 503 for an outage) through `failed`
 */
export function serve(bus: Bus, service: string, operations: Operations, answer: (question: Question) => Promise<Served>, failed: (error: unknown, question: Question | undefined, subject: string) => Served): Serving {
  const bySubject = new Map<string, Endpoint>(Object.entries(operations).map(([key, operation]) => [subjectOf(operation), { key, operation, accepts: checker(operation) }]));
  let inFlight = 0;
  let idle: (() => void) | undefined;

  const handle = async (message: Msg): Promise<void> => {
    let question: Question | undefined;
    let served: Served;
    try {
      const known = bySubject.get(message.subject);
      if (!known) throw new Error(`${message.subject} is not an operation of ${service}`);
      const read = readQuestion(message, known);
      if ('status' in read) served = read;
      else served = await answer((question = read));
    } catch (error) {
      served = failed(error, question, message.subject);
    }
    message.respond(served.body, { headers: answerHeaders(served) });
  };

  const subscription = bus.nc.subscribe(`op.${service}.>`, {
    queue: service,
    callback: (error, message) => {
      if (error) return;
      if (inFlight >= maxInFlight) {
        const busy = encodeAnswer(fallback, refuse('service.overloaded', { en: 'Please try again in a moment.', fr: 'Réessayez dans un instant.' }) as never, { language: 'en' } as Caller, {});
        message.respond(busy.body, { headers: answerHeaders(busy) });
        return;
      }
      inFlight++;
      // The promise is caught whole: an exception out of this callback would deafen the connection silently.
      void handle(message).catch(() => undefined).finally(() => {
        inFlight--;
        if (inFlight === 0) idle?.();
      });
    },
  });

  return {
    inFlight: () => inFlight,
    async stop() {
      // Drained, not unsubscribed: questions the server has already handed to us are answered.
      await subscription.drain().catch(() => undefined);
      if (inFlight > 0) await new Promise<void>((resolve) => { idle = resolve; });
    },
  };
}

const fallback = { output: {}, status: 200 } as Operation;

function checker({ params, query, body }: Operation): Endpoint['accepts'] {
  const compiled = { params: Compile(params as TSchema), query: Compile(query as TSchema), body: Compile((body ?? {}) as TSchema) };
  return (part, value) => compiled[part].Check(value);
}

/** The question, or the answer that refuses it. */
function readQuestion(message: Msg, { key, operation, accepts }: Endpoint): Question | Served {
  const sent = message.headers;
  const caller = JSON.parse(sent?.get(H.caller) || 'null') as Caller;
  const paramsText = sent?.get(H.params) || '{}';
  const params = JSON.parse(paramsText) as Record<string, unknown>;
  const say = (code: 'auth.forbidden' | 'auth.required' | 'request.invalid', en: string, fr: string) => encodeAnswer(operation, refuse(code, { en, fr }) as never, caller, params);

  if (!allows(operation.roles, caller)) {
    return caller.id === null ? say('auth.required', 'Please sign in.', 'Connectez-vous.') : say('auth.forbidden', 'Your role does not allow this.', 'Votre rôle ne le permet pas.');
  }
  const names = new Set(Object.keys(operation.params.properties));
  const path = Object.fromEntries(Object.entries(params).filter(([name]) => names.has(name)));
  const query = Object.fromEntries(Object.entries(params).filter(([name]) => !names.has(name)));
  const body = operation.body === null ? {} : operation.accepts === 'text/csv' ? { text: message.string() } : message.data.length === 0 ? {} : (message.json() as Record<string, unknown>);
  if (!accepts('params', path) || !accepts('query', query) || (operation.body !== null && !accepts('body', body))) {
    return say('request.invalid', 'The request does not fit its contract.', 'La requête ne respecte pas son contrat.');
  }
  return {
    key, operation, caller, input: { ...body, ...query, ...path }, fingerprint: [paramsText, withoutSecrets(operation, body, message.data)],
    expectedVersion: versionOf(sent?.get(H.ifMatch) || undefined), idempotencyKey: sent?.get(H.key) || undefined,
    deadline: Date.now() + Number(sent?.get(H.remaining) || 5_000), traceparent: sent?.get(H.trace) || undefined,
  };
}

/** The body's bytes, or where it holds secrets the rest of it. */
const withoutSecrets = ({ secrets }: Operation, body: Readonly<Record<string, unknown>>, bytes: Uint8Array): Uint8Array =>
  secrets.length === 0 ? bytes : Buffer.from(JSON.stringify(Object.entries(body).filter(([name]) => !secrets.includes(name))));
