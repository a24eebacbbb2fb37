/** A broken relay, on purpose: it takes the pending rows off before it publishes. What NATS does not take is lost. */
import { openPublisher } from '@regie/bus';
import pg from 'pg';
import type { StartRelay } from '../relaying.ts';

export const clearsFirst: StartRelay = (bus, url, onError) => {
  const publisher = openPublisher(bus);
  const status = { pending: 0, oldestSeconds: 0, leading: false };
  let stopping = false;
  const work = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', onError);
    await client.connect();
    status.leading = true;
    while (!stopping) {
      const { rows } = await client.query<{ position: string; day: Date }>('delete from outbox_pending returning day, position');
      const { rows: messages } = await client.query<{ id: string; subject: string; message: string }>(
        'select id, subject, message from outbox where position = any($1::bigint[]) order by position', [rows.map(({ position }) => position)]);
      await publisher.publish(messages).catch(onError);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    await client.end();
  };
  const working = work();
  return { kick: () => undefined, status: () => status, stop: async () => { stopping = true; await working; publisher.close(); } };
};
