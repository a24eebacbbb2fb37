/** A service's answer as an HTTP answer: its bytes as they came, its headers translated. */
import type { Answered } from '@regie/bus';
import { isList, type Operation } from '@regie/contracts';
import { placeBytes } from '@regie/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** @param waited seconds the client asked to wait, for operations that can be waited for */
export function sendAnswered(request: FastifyRequest, reply: FastifyReply, operation: Operation, answer: Answered, waited: number): void {
  const { status, body, type, etag, location, replayed } = answer;
  reply.code(status).header('cache-control', 'no-store');
  if (etag !== undefined) reply.header('etag', etag);
  if (location !== undefined) reply.header('location', location);
  if (replayed === true) reply.header('idempotency-replayed', 'true');
  if (waited > 0) reply.header('preference-applied', `wait=${waited}`);
  if (status === 202 || status === 503) reply.header('retry-after', 1);
  if (body.length === 0) { reply.send(); return; }
  reply.header('content-type', type);
  if (status >= 400) {
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    reply.send(placeBytes(body, request));
    return;
  }
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const next = status === 200 && isList(operation) ? nextOf(operation, bytes) : undefined;
  if (next !== undefined) reply.header('link', `<${withCursor(request.url, next)}>; rel="next"`);
  reply.send(bytes);
}

const marker = '"nextCursor":';

/** The cursor of the next page. Usually the last member, found without reading the page. */
function nextOf({ output }: Operation, bytes: Buffer): string | undefined {
  const members = Object.keys((output as unknown as { properties: object }).properties);
  if (members.at(-1) !== 'nextCursor') return (JSON.parse(bytes.toString('utf8')) as { nextCursor: string | null }).nextCursor ?? undefined;
  const at = bytes.lastIndexOf(marker);
  const value = at < 0 ? null : (JSON.parse(bytes.toString('utf8', at + marker.length, bytes.lastIndexOf('}'))) as string | null);
  return value ?? undefined;
}

function withCursor(url: string, cursor: string): string {
  const [path, query = ''] = url.split('?') as [string, string?];
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
