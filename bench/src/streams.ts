/** The streams between slices: emptied, and asked who is behind. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { durables, streams } from '@regie/bus';

export interface Streams {
  /** Forgets every message. */
  purge(): Promise<void>;
  /** Messages that were told and not yet handled; by the durables named, else by all. */
  behind(...names: readonly string[]): Promise<number>;
  /** The same, by durable, of those that are behind. */
  behindOf(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** @param url of the user `provision` */
export async function openStreams(url: string): Promise<Streams> {
  const { username, password, host } = new URL(url);
  const nc = await connect({ servers: host, user: username, pass: decodeURIComponent(password), inboxPrefix: '_INBOX.provision' });
  const manager = await jetstreamManager(nc, { checkAPI: false });
  const waiting = async (names: readonly string[]): Promise<Map<string, number>> => {
    const found = new Map<string, number>();
    for (const { stream, listener: { name } } of durables()) {
      if (names.length > 0 && !names.includes(name)) continue;
      const { num_pending, num_ack_pending } = await manager.consumers.info(stream, name);
      found.set(name, (found.get(name) ?? 0) + num_pending + num_ack_pending);
    }
    return found;
  };
  return {
    async purge() { for (const { name } of Object.values(streams)) await manager.streams.purge(name); },
    async behind(...names) { return [...(await waiting(names)).values()].reduce((sum, one) => sum + one, 0); },
    behindOf: async () => Object.fromEntries([...(await waiting([]))].filter(([, one]) => one > 0)),
    close: () => nc.close(),
  };
}
