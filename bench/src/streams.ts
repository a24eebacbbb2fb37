/** The streams between slices: emptied, and asked who is behind. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { durables, streams } from '@regie/bus';

export interface Streams {
  /** Forgets every message. */
  purge(): Promise<void>;
  /** Messages that were told and not yet handled, by durable; only those of `names` when they are given. */
  behind(...names: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** @param url of the user `provision` */
export async function openStreams(url: string): Promise<Streams> {
  const { username, password, host } = new URL(url);
  const nc = await connect({ servers: host, user: username, pass: decodeURIComponent(password), inboxPrefix: '_INBOX.provision' });
  const manager = await jetstreamManager(nc, { checkAPI: false });
  return {
    async purge() { for (const { name } of Object.values(streams)) await manager.streams.purge(name); },
    async behind(...names) {
      let sum = 0;
      for (const { stream, listener: { name } } of durables()) {
        if (names.length > 0 && !names.includes(name)) continue;
        const { num_pending, num_ack_pending } = await manager.consumers.info(stream, name);
        sum += num_pending + num_ack_pending;
      }
      return sum;
    },
    close: () => nc.close(),
  };
}
