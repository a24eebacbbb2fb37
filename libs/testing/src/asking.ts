/** Asks a service over NATS as the gateway does. */
import type { Bus } from '@regie/bus';
import { subjectOf, type Caller, type Operation } from '@regie/contracts';

export interface AskOver {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly key?: string;
  readonly ifMatch?: string;
  readonly timeout?: number;
  readonly traceparent?: string;
}

export interface Told<Body> {
  readonly status: number;
  readonly body: Body;
  readonly etag: string | undefined;
  readonly location: string | undefined;
  readonly settles: string | undefined;
  readonly replayed: boolean;
}

/** @param bus connected as `gateway`, the only user that may publish `op.>` */
export async function askAs<Body = any>(
  bus: Bus, caller: Caller, operation: Operation, { params = {}, body, key, ifMatch, timeout = 10_000, traceparent }: AskOver = {},
): Promise<Told<Body>> {
  const bytes = body === undefined ? new Uint8Array() : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const asked = { caller, params, body: bytes, remainingMs: timeout, idempotencyKey: key, ifMatch, traceparent };
  const { body: answered, status, etag, location, settles, replayed } = await bus.asking.ask(subjectOf(operation), asked);
  const text = Buffer.from(answered).toString('utf8');
  return { status, etag, location, settles, replayed: replayed ?? false, body: (text === '' ? null : JSON.parse(text)) as Body };
}
