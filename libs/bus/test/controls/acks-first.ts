/** A broken consumer, on purpose: it acknowledges what it hears before the work is committed. */
import { decodeEnvelope } from '../../src/index.ts';
import type { Consume } from '../consuming.ts';

export const acksFirst: Consume = (bus, listener, work) => {
  const stream = listener.streams[0]!;
  let stopping = false;
  const listen = async (): Promise<void> => {
    const consumer = await bus.js.consumers.get(stream, listener.name);
    while (!stopping) {
      const messages = await consumer.fetch({ max_messages: work.batch ?? 256, expires: 1_000 });
      for await (const message of messages) {
        message.ack();
        await bus.nc.flush();
        const heard = { ...decodeEnvelope(message.data), bytes: message.data, wireSubject: message.subject, streamSequence: message.seq, delivery: message.info.deliveryCount };
        await work.handle([heard]).catch((error: unknown) => work.onError(error, [heard]));
      }
    }
  };
  const listening = listen().catch(() => undefined);
  return { stop: async () => { stopping = true; await Promise.race([listening, bus.nc.flush()]); } };
};
