/**
 * The least a gateway over NATS can do: nothing is checked, logged, limited or traced, and a body is passed on as it comes. The limit of the hop, not a peer.
 * It does what ours does to be cheap: one write to NATS for all that one turn of the event loop has to ask, no map of questions, an answer in one write.
 * argv: port, natsUrl, fastify|http
 */
import { createInbox } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import Fastify from 'fastify';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const [port, servers, server] = process.argv.slice(2) as [string, string, string];
const nc = await connect({ servers });
const inbox = `${createInbox()}.`;
/** By place, and places are used again: a map of questions would keep those that are answered (docs/adr/0013-no-churned-maps.md). */
const waiting: ServerResponse[] = [];
const free: number[] = [];
nc.subscribe(`${inbox}*`, {
  callback(_, { subject, data }) {
    const place = Number(subject.slice(inbox.length));
    free.push(place);
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
    waiting[place]!.writeHead(200, ['content-type', 'application/json', 'content-length', String(data.length)]).end(text, 'latin1');
  },
});

let leaving: { readonly place: number; readonly body: Buffer }[] = [];
function leave(): void {
  for (const { place, body } of leaving) nc.publish('hop.echo', body, { reply: `${inbox}${place}` });
  leaving = [];
}
function ask(request: IncomingMessage, response: ServerResponse): void {
  // Bodies of this row come in one piece.
  request.once('data', (body: Buffer) => {
    const place = free.pop() ?? waiting.length;
    waiting[place] = response;
    if (leaving.push({ place, body }) === 1) setImmediate(leave);
  });
}

if (server === 'fastify') {
  const app = Fastify();
  app.addHttpMethod('POST', { hasBody: false, overrideExisting: true });
  app.post('/events', (request, reply) => {
    reply.hijack();
    ask(request.raw, reply.raw);
  });
  await app.listen({ port: Number(port), host: '127.0.0.1' });
} else {
  await new Promise<void>((resolve) => { createServer(ask).listen(Number(port), '127.0.0.1', resolve); });
}
process.stdout.write('ready\n');
