/** Hears orders from JetStream and decides each in a transaction of its own; the answer goes to whoever asked. argv: natsUrl, databaseUrl */
import { AckPolicy, connect, JSONCodec } from 'nats';
import { openStore, reserve } from './store.js';
import type { Request } from './work.js';

const [servers, url] = process.argv.slice(2) as [string, string];
/** Orders in hand at once: enough to keep every connection busy. */
const width = 64;

interface Order extends Omit<Request, 'lines'> {
  readonly companyId: string;
  readonly lines: readonly { readonly equipmentId: string; readonly from: string; readonly to: string; readonly quantity: number }[];
}

async function main(): Promise<void> {
  const [database, nc] = await Promise.all([openStore(url), connect({ servers })]);
  const manager = await nc.jetstreamManager();
  await manager.streams.add({ name: 'ORDERS', subjects: ['orders.>'] });
  await manager.consumers.add('ORDERS', { durable_name: 'inventory', ack_policy: AckPolicy.Explicit, max_ack_pending: 2048 });
  const consumer = await nc.jetstream().consumers.get('ORDERS', 'inventory');
  const codec = JSONCodec<Order>();
  console.log('ready');

  let inHand = 0;
  let wake: (() => void) | undefined;
  for await (const message of await consumer.consume({ max_messages: 256 })) {
    while (inHand >= width) await new Promise<void>((resolve) => { wake = resolve; });
    inHand++;
    const { companyId, lines, ...order } = codec.decode(message.data);
    void reserve(database, companyId, { ...order, lines: lines.map((line) => ({ ...line, from: new Date(line.from), to: new Date(line.to) })) })
      .then((accepted) => { message.ack(); nc.publish(message.headers!.get('answer-to'), JSON.stringify({ accepted })); }, () => message.nak())
      .finally(() => { inHand--; wake?.(); });
  }
}
void main();
