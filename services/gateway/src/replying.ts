/** A service's answer as an HTTP answer: its bytes as they came, its headers translated. */
import type { Answered } from '@regie/bus';
import { isList, type Operation } from '@regie/contracts';
import { placeBytes, sendWhole, type Fields } from '@regie/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** @param waited seconds the client asked to wait, for operations that can be waited for */
export function sendAnswered(request: FastifyRequest, reply: FastifyReply, operation: Operation, answer: Answered, waited: number): void {
  const { status, body, type, etag, location, replayed } = answer;
  const fields: Fields = ['cache-control', 'no-store'];
  if (etag !== undefined) fields.push('etag', etag);
  if (location !== undefined) fields.push('location', location);
  if (replayed === true) fields.push('idempotency-replayed', 'true');
  if (waited > 0) fields.push('preference-applied', `wait=${waited}`);
  if (status === 202 || status === 503) fields.push('retry-after', '1');
  if (body.length === 0) { sendWhole(request, reply, status, fields, null); return; }
  fields.push('content-type', type);
  if (status >= 400) {
    if (status === 401) fields.push('www-authenticate', 'Bearer');
    sendWhole(request, reply, status, fields, placeBytes(body, request));
    return;
  }
  const next = status === 200 && isList(operation) ? nextOf(operation, Buffer.from(body.buffer, body.byteOffset, body.byteLength)) : undefined;
  if (next !== undefined) fields.push('link', `<${withCursor(request.url, next)}>; rel="next"`);
  sendWhole(request, reply, status, fields, body);
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
