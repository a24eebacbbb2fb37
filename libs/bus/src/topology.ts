/** Streams and consumers, generated from the contracts and provisioned once, by a user of its own. */
import { AckPolicy, DiscardPolicy, RetentionPolicy, StorageType, jetstreamManager, type ConsumerConfig, type StreamConfig } from '@nats-io/jetstream';
import { connect, nanos } from '@nats-io/transport-node';
import { filtersOf, partsOf, services, slotsOf, type Listener, type ServiceContract, type Stream } from '@regie/contracts';

const day = 24 * 60 * 60 * 1_000;
const shared = { retention: RetentionPolicy.Limits, storage: StorageType.File, discard: DiscardPolicy.Old, duplicate_window: nanos(10 * 60 * 1_000), allow_direct: true };

/** FACTS partners may see, INTERNAL ones stay inside, COMMANDS wait for their decision. */
export const streams: Readonly<Record<Stream, Partial<StreamConfig> & { name: string; subjects: string[] }>> = {
  FACTS: { ...shared, name: 'FACTS', subjects: ['evt.>'], max_age: nanos(30 * day), max_bytes: 20 * 1024 ** 3 },
  INTERNAL: { ...shared, name: 'INTERNAL', subjects: ['int.>'], max_age: nanos(30 * day), max_bytes: 5 * 1024 ** 3 },
  COMMANDS: { ...shared, name: 'COMMANDS', subjects: ['cmd.>'], max_age: nanos(7 * day), max_bytes: 5 * 1024 ** 3 },
};

/** How long the server waits for an ack before it delivers again: what a killed process had in hand is decided that much later. */
export const ackWaitMs = 3_000;

/** Never gives up (`max_deliver: -1`): what is decided, mirrored or audited may wait, not vanish. */
export function consumerConfig(listener: Listener): Partial<ConsumerConfig> & { durable_name: string } {
  const filters = filtersOf(listener);
  return {
    durable_name: listener.name, ack_policy: AckPolicy.Explicit, ack_wait: nanos(ackWaitMs), max_deliver: -1, max_ack_pending: listener.slot === undefined ? 2_048 : 1_024,
    ...(filters.length === 1 ? { filter_subject: filters[0]! } : { filter_subjects: filters }),
  };
}

/** Every durable there is, with its stream. */
export const durables = (contracts: readonly ServiceContract[] = Object.values(services)): readonly { service: string; stream: Stream; listener: Listener }[] =>
  contracts.flatMap(({ name, listeners }) =>
    Object.values(listeners).flatMap(partsOf).flatMap((listener) => listener.streams.map((stream) => ({ service: name, stream, listener }))));

/**
 * Makes streams and consumers as the contracts want them, or corrects those that differ. Can be repeated.
 * @param url of the `provision` user
 * @param options.maxBytes cap for each stream, for small disks and tests
 */
export async function provision(url: string, { replicas = 1, maxBytes }: { replicas?: number; maxBytes?: number } = {}): Promise<void> {
  const { username, password, host } = new URL(url);
  const nc = await connect({ servers: host, user: decodeURIComponent(username), pass: decodeURIComponent(password), name: 'provision', inboxPrefix: '_INBOX.provision' });
  try {
    const manager = await jetstreamManager(nc, { checkAPI: false });
    for (const stream of Object.values(streams)) {
      const config = { ...stream, num_replicas: replicas, ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }) };
      await manager.streams.add(config).catch((error: unknown) => {
        if (!/already in use/i.test(String(error))) throw error;
        return manager.streams.update(stream.name, config);
      });
    }
    // What was one durable before it had slots heard everything: its orders would be decided by whoever asks it, beside the slots.
    for (const listener of (Object.values(services) as readonly ServiceContract[]).flatMap(({ listeners }) => Object.values(listeners)).filter((one) => slotsOf(one) !== null)) {
      await manager.consumers.delete(listener.streams[0]!, listener.name).catch((error: unknown) => { if (!/not found/i.test(String(error))) throw error; });
    }
    for (const { stream, listener } of durables()) {
      const config = consumerConfig(listener);
      await manager.consumers.add(stream, config).catch((error: unknown) => {
        if (!/already exists/i.test(String(error))) throw error;
        // What it hears has changed: its place in the stream stays. One filter and several are two fields, of which the old one must go.
        return manager.consumers.update(stream, listener.name, { ...({ filter_subject: undefined, filter_subjects: undefined } as object), ...config });
      });
    }
  } finally {
    await nc.close();
  }
}
