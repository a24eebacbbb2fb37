/** The least a gateway of Fastify over NATS can do: nothing is checked, logged, limited or traced. The limit of the hop, not a peer. argv: port, natsUrl */
import { createInbox } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import Fastify from 'fastify';

const [port, servers] = process.argv.slice(2) as [string, string];
const nc = await connect({ servers });
const inbox = `${createInbox()}.`;
const waiting = new Map<string, (answer: Uint8Array) => void>();
nc.subscribe(`${inbox}*`, {
  callback(_, { subject, data }) {
    const place = subject.slice(inbox.length);
    waiting.get(place)?.(data);
    waiting.delete(place);
  },
});

let asked = 0;
const app = Fastify();
app.post('/events', async ({ body }, reply) => {
  const place = (asked++).toString(36);
  const answer = await new Promise<Uint8Array>((resolve) => {
    waiting.set(place, resolve);
    nc.publish('hop.echo', JSON.stringify(body), { reply: inbox + place });
  });
  return reply.type('application/json').send(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
process.stdout.write('ready\n');
