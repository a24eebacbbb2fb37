/** One trace from the HTTP request through NATS, SQL and every consumer: spans made by hand at the seams. */
import { randomFillSync } from 'node:crypto';

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export interface Span {
  readonly traceId: string;
  /** W3C: goes into every message this work causes. */
  readonly traceparent: string;
  set(name: string, value: string | number): void;
  end(error?: unknown): void;
}

export interface Tracing {
  /** A span below `parent` (a traceparent), or the first of a new trace. */
  span(name: string, kind: SpanKind, parent?: string, links?: readonly string[]): Span;
  stop(): Promise<void>;
}

const form = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const noTrace = '0'.repeat(32);
const noSpan = '0'.repeat(16);

/** Where a span hangs below: the remote one's ids and flags. */
export interface Above { readonly traceId: string; readonly spanId: string; readonly flags: number }

/** trace id, parent id and flags; undefined when it is not a valid W3C traceparent (all zeros is not). */
export function parseTraceparent(value: string | undefined): Above | undefined {
  // Every part has its place, so nothing has to be looked for.
  if (value === undefined || !form.test(value)) return undefined;
  const above = { traceId: value.slice(3, 35), spanId: value.slice(36, 52), flags: Number.parseInt(value.slice(53), 16) };
  return above.traceId === noTrace || above.spanId === noSpan ? undefined : above;
}

/** Random bytes are fetched many at a time: each fetch is a call into the system. */
const pool = Buffer.alloc(8_192);
let used = pool.length;
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) { randomFillSync(pool); used = 0; }
  return pool.toString('hex', used, (used += bytes));
}

const nothing = (): void => undefined;

/** A span that is not recorded: its ids are carried all the same, so that logs and audit of one request meet. */
export function unrecorded(above: Above | undefined): Span {
  const traceId = above?.traceId ?? randomHex(16);
  return { traceId, traceparent: `00-${traceId}-${randomHex(8)}-${above !== undefined && (above.flags & 1) === 1 ? '01' : '00'}`, set: nothing, end: nothing };
}

/** Without an endpoint nothing is recorded. */
export const idsOnly: Tracing = { span: (_name, _kind, parent) => unrecorded(parseTraceparent(parent)), stop: () => Promise.resolve() };

/** Records spans when an endpoint is configured. The SDK is loaded only then: it costs nine processes seconds of start. */
export async function openTracing(service: string, endpoint: string | undefined, ratio: number): Promise<Tracing> {
  if (endpoint === undefined) return idsOnly;
  const { recordSpans } = await import('./telemetry.ts');
  return recordSpans(service, endpoint, ratio);
}
