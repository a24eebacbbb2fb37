/** How questions and answers look on the wire: the body's bytes as payload, everything else in headers. */
import type { MsgHdrs } from '@nats-io/nats-core';
import { isRefusal, isReply, problemOf, problemType, projector, type Answer, type Caller, type Operation } from '@regie/contracts';
import { personText } from './callers.ts';
import { header, headerReader, headersOf } from './headers.ts';

/** Header names. `Regie-` ones are ours. */
export const H = {
  number: 'Regie-Number', caller: 'Regie-Caller', request: 'Regie-Request', params: 'Regie-Params', remaining: 'Regie-Remaining-Ms',
  key: 'Idempotency-Key', ifMatch: 'If-Match', trace: 'traceparent',
  status: 'Regie-Status', etag: 'ETag', location: 'Location', settles: 'Regie-Settles', replayed: 'Idempotency-Replayed', type: 'Content-Type',
} as const;

export const jsonType = 'application/json; charset=utf-8';

/** A question before it is sent. */
export interface Asked {
  readonly caller: Caller;
  /** Path and query parameters, already of the types the contract declares. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The body's bytes as they came; empty when there is none. */
  readonly body: Uint8Array;
  readonly remainingMs: number;
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly traceparent?: string | undefined;
}

/**
 * Everything of a question but its body; parameters are left out when there are none.
 * @param number given back with the answer
 */
export function questionHeaders({ caller, params, remainingMs, idempotencyKey, ifMatch, traceparent }: Asked, number: string): MsgHdrs {
  const paramsText = JSON.stringify(params);
  // JSON has no line breaks of its own.
  let sent = `${H.number}: ${number}\r\n${H.caller}: ${personText(caller)}\r\n${H.remaining}: ${Math.max(0, Math.floor(remainingMs))}\r\n${header(H.request, caller.requestId)}`;
  if (paramsText !== '{}') sent += `${H.params}: ${paramsText}\r\n`;
  if (traceparent !== undefined) sent += header(H.trace, traceparent);
  if (idempotencyKey !== undefined) sent += header(H.key, idempotencyKey);
  if (ifMatch !== undefined) sent += header(H.ifMatch, ifMatch);
  return headersOf(sent);
}

/** An answer as it travels, and as it is kept for a replay. */
export interface Served {
  readonly status: number;
  readonly body: string;
  readonly type: string;
  readonly etag?: string | undefined;
  readonly location?: string | undefined;
  /** Not decided yet: the notice `done.<settles>` will tell. */
  readonly settles?: string | undefined;
  readonly replayed?: boolean | undefined;
}

/**
 * Everything of an answer but its body; what it has not is left out, and so is the type when it is JSON.
 * @param number of the question, when it is an answer to one
 */
export function answerHeaders({ status, type, etag, location, settles, replayed }: Served, number?: string): MsgHdrs {
  let sent = `${H.status}: ${status}\r\n`;
  if (number !== undefined) sent += header(H.number, number);
  if (type !== jsonType) sent += header(H.type, type);
  if (etag !== undefined) sent += header(H.etag, etag);
  if (location !== undefined) sent += header(H.location, location);
  if (settles !== undefined) sent += header(H.settles, settles);
  if (replayed) sent += `${H.replayed}: true\r\n`;
  return headersOf(sent);
}

/** An answer as the asker reads it; the body stays bytes, to be passed on without a second parse. */
export interface Answered extends Omit<Served, 'body'> {
  readonly body: Uint8Array;
}

const read = {
  status: headerReader(H.status), type: headerReader(H.type), etag: headerReader(H.etag), location: headerReader(H.location),
  settles: headerReader(H.settles), replayed: headerReader(H.replayed),
};

/** Which question it is, or is answered; undefined when it does not say. */
export const numberIn = headerReader(H.number);

/** Reads an answer back. One without a status, which no service of ours sends, counts as a 500. @param sent its headers, as text */
export const readAnswer = (sent: string, body: Uint8Array): Answered => ({
  status: Number(read.status(sent) ?? 500), type: read.type(sent) ?? jsonType, body,
  etag: read.etag(sent), location: read.location(sent), settles: read.settles(sent), replayed: read.replayed(sent) === 'true',
});

const projectors = new WeakMap<Operation, (value: unknown) => unknown>();

/** Turns what a handler answered into what goes over the wire, cut to the declared output. */
export function encodeAnswer(operation: Operation, answer: Answer<Operation>, caller: Caller, input: Readonly<Record<string, unknown>>): Served {
  if (isRefusal(answer)) {
    const problem = problemOf(answer, caller.language);
    return { status: problem.status, type: problemType, body: JSON.stringify(problem) };
  }
  const { body, version, status = operation.status, settles, location } = isReply(answer) ? answer : { body: answer };
  let project = projectors.get(operation);
  if (!project) projectors.set(operation, (project = projector(operation.output)));
  const shown = status === 204 || body === null || body === undefined ? null : project(body);
  return {
    status, type: jsonType, body: shown === null ? '' : JSON.stringify(shown), settles,
    etag: version === undefined ? undefined : `"${version}"`,
    location: location ?? (status === 201 || status === 202 ? locationOf(operation, shown, input) : undefined),
  };
}

/** `POST /api/equipment` answered with an id → `/api/equipment/<id>` */
function locationOf(operation: Operation, shown: unknown, input: Readonly<Record<string, unknown>>): string | undefined {
  const id = (shown as { id?: unknown } | null)?.id;
  if (typeof id !== 'string' || operation.route === null) return undefined;
  const path = operation.route.slice(operation.route.indexOf(' ') + 1).replaceAll(/:(\w+)/g, (_, name: string) => String(input[name]));
  return path.endsWith(`/${id}`) ? path : `${path}/${id}`;
}

/** `"7"` → 7; undefined when any version will do; -1, which no row has, for a tag we never gave. */
export function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return undefined;
  const match = /^"(\d{1,15})"$/.exec(ifMatch);
  // A tag we never gave matches nothing.
  return match ? Number(match[1]) : -1;
}
