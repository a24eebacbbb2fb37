/** Speaks HTTP to a running system, as anybody would. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Answer<Body = any> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
  readonly ms: number;
}

export interface Sent {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Call = (method: string, path: string, sent?: Sent) => Promise<Answer>;

/** A client of one gateway. It never throws for an answer, whatever its status. */
export const clientOf = (gateway: string): Call => async (method, path, { token, body, text, headers = {} } = {}) => {
  const begun = performance.now();
  const response = await fetch(gateway + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(text === undefined ? {} : { 'content-type': 'text/csv' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(text === undefined ? {} : { body: text }),
  });
  const answered = await response.text();
  const json = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: json && answered !== '' ? JSON.parse(answered) : answered, headers: response.headers, ms: performance.now() - begun };
};

/** The answer, or an error that shows what came instead. */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): Answer {
  if (!statuses.includes(answer.status)) throw new Error(`expected ${statuses.join(' or ')}, got ${answer.status}: ${JSON.stringify(answer.body).slice(0, 1_000)}`);
  return answer;
}

/** As many at once as `width` allows, all of them in the end. */
export async function inParallel<T>(n: number, width: number, act: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(width, n) }, async () => {
    for (let index = next++; index < n; index = next++) results[index] = await act(index);
  }));
  return results;
}

/** Repeats what was answered 503 or failed on its way, as a client with an Idempotency-Key may. */
export async function persistently(call: () => Promise<Answer>, deadline: number): Promise<Answer> {
  for (;;) {
    const answer = await call().catch(() => undefined);
    if (answer && answer.status < 500 && answer.status !== 429) return answer;
    if (Date.now() > deadline) throw new Error(`no answer in time; last: ${answer?.status} ${JSON.stringify(answer?.body)}`);
    await pause(200);
  }
}
