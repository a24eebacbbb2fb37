import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lang } from './narrator.ts';

/** What one request got: the body as the API's contract declares it, and the time it took in milliseconds. */
export interface Answer<Body> {
  method: string;
  path: string;
  status: number;
  ms: number;
  body: Body;
  headers: Headers;
}

/** One request. `json` or `csv` is its body; `quiet` keeps one of many off the screen. */
export interface Ask {
  json?: unknown;
  csv?: string;
  headers?: Record<string, string>;
  quiet?: boolean;
}

/** Who is told about the requests. */
export interface Watch {
  /** One answer arrived; `quiet` when it is one of many. */
  answered(answer: Answer<unknown>, quiet: boolean): void;
  /** The gateway said "later": after how many seconds it is asked again. */
  later(status: number, seconds: number, quiet: boolean): void;
}

/** A small client of the API that measures every request. */
export interface Client {
  get<Body>(path: string, ask?: Ask): Promise<Answer<Body>>;
  post<Body>(path: string, ask?: Ask): Promise<Answer<Body>>;
  patch<Body>(path: string, ask?: Ask): Promise<Answer<Body>>;
  /** The same client with an access token. */
  as(token: string): Client;
}

/** The API did not answer as the story needs; the message says what was asked, expected and got. */
export class Unexpected extends Error {
  override name = 'Unexpected';
}

const limitMs = 60_000;
const attempts = 8;
const nobody: Watch = { answered: () => {}, later: () => {} };

/**
 * Makes a client for one gateway, whose refusals are worded in `lang`. "Later" (429, 503 with `Retry-After`) is waited for and asked again, under the same
 * idempotency key, so that a request repeated is not an effect repeated; the waiting counts in the time shown.
 */
export const client = (gateway: string, watch: Watch = nobody, lang: Lang = 'en', token?: string): Client => {
  const ask = async <Body>(method: string, path: string, { json, csv, headers, quiet = false }: Ask = {}): Promise<Answer<Body>> => {
    const init: RequestInit = {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        'accept-language': lang,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...(csv !== undefined ? { 'content-type': 'text/csv' } : json !== undefined ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
    };
    const content = csv ?? (json === undefined ? undefined : JSON.stringify(json));
    if (content !== undefined) init.body = content;
    const begun = performance.now();
    const response = await patiently(
      () => sent(method, new URL(path, gateway), init),
      (status, seconds) => watch.later(status, seconds, quiet),
    );
    const answer = {
      method,
      path,
      status: response.status,
      body: parsed(await response.text()) as Body,
      headers: response.headers,
      ms: performance.now() - begun,
    };
    watch.answered(answer, quiet);
    return answer;
  };
  return {
    get: (path, options) => ask('GET', path, options),
    post: (path, options) => ask('POST', path, options),
    patch: (path, options) => ask('PATCH', path, options),
    as: (other) => client(gateway, watch, lang, other),
  };
};

/** The body of an answer with the status the story expects; any other status ends the story. */
export const expected = <Body>(answer: Answer<Body>, ...statuses: number[]): Body => {
  if (statuses.includes(answer.status)) return answer.body;
  throw new Unexpected(`${answer.method} ${answer.path}: ${statuses.join(' / ')} ≠ ${answer.status}\n${JSON.stringify(answer.body, null, 2) ?? ''}`);
};

/** Ends the story when a fact does not hold; `fact` says what should have been so. */
export const holds = (fact: string, isSo: boolean, seen?: unknown): void => {
  if (!isSo) throw new Unexpected(`${fact}${seen === undefined ? '' : `\n${JSON.stringify(seen, null, 2)}`}`);
};

/** A gateway that goes away in the middle is told like any other wrong answer, with the cause that fetch hides. */
const sent = async (method: string, url: URL, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(limitMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Unexpected(`${method} ${url.pathname}: ${String(cause)}`, { cause: error });
  }
};

const patiently = async (send: () => Promise<Response>, later: (status: number, seconds: number) => void): Promise<Response> => {
  for (let attempt = 1; ; attempt++) {
    const response = await send();
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    if (![429, 503].includes(response.status) || Number.isNaN(seconds) || attempt === attempts) return response;
    await response.arrayBuffer();
    later(response.status, seconds);
    await pause(seconds * 1000);
  }
};

const parsed = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
};

/** A request as one line: method, path, status, time. Ids are shortened to their end, where UUIDv7 differ, so that it fits the screen. */
export const requestLine = ({ method, path, status, ms }: Answer<unknown>): string => {
  const short = path.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{18}([0-9a-f]{4})/g, '…$1');
  return `${method.padEnd(5)} ${short.padEnd(56)} ${status}  ${ms.toFixed(1).padStart(8)} ms`;
};
