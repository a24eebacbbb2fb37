/** A consumer's test, as a function of the consumer: what was acknowledged has had its effect, wherever the process dies. */
import { eventually, type FreshNats } from '@regie/testing';
import { services } from '@regie/contracts';
import { randomUUID } from 'node:crypto';
import { connectBus, openPublisher, type Bus, type consume, type Consuming, type Heard } from '../src/index.ts';

export type Consume = (...of: Parameters<typeof consume>) => Pick<Consuming, 'stop'>;
export const decisions = services.events.listeners.decisions;
export const reserved = 'evt.c1.inventory.reservation.reserved.v1';

export interface Told { readonly subject: string; readonly id: string; readonly message: string }
export const fact = (n: number): Told => {
  const id = randomUUID();
  return { subject: reserved, id, message: JSON.stringify(
    { specversion: '1.0', id, source: '/inventory', type: 'regie.inventory.reservation.reserved.v1', subject: 'r1', companyid: 'c1', data: { n } }) };
};
export const numberOf = ({ data }: Heard): number => (data as { n: number }).n;

/** Publishes as inventory does. */
export async function teller(nats: FreshNats): Promise<{ tell(...facts: readonly Told[]): Promise<void>; close(): Promise<void> }> {
  const bus = await connectBus(nats.url('inventory'));
  const publisher = openPublisher(bus);
  return { tell: (...facts) => publisher.publish(facts), close: async () => { publisher.close(); await bus.nc.close(); } };
}

/**
 * The effect is a commit that takes a while. The process is cut off from the server in the middle of it, and its commit with it; a second
 * process hears the consumer after. Whatever was acknowledged must be committed.
 * @throws when a fact was lost
 */
export async function losesNothing(listen: Consume, nats: FreshNats, tell: (...facts: readonly Told[]) => Promise<void>): Promise<void> {
  const committed = new Set<number>();
  const facts = Array.from({ length: 30 }, (_, n) => fact(n));
  const hearing = (bus: Bus, commit: (numbers: readonly number[]) => Promise<void>) => listen(bus, decisions, {
    batch: 10, handle: (messages) => commit(messages.map(numberOf)), quarantine: () => Promise.resolve(), isOutage: () => true, onError: () => undefined,
  });

  const dying = await connectBus(nats.url('events'));
  let begun = (): void => undefined;
  const inTheMiddle = new Promise<void>((resolve) => { begun = resolve; });
  hearing(dying, () => { begun(); return new Promise<void>(() => undefined); });
  await tell(...facts);
  await inTheMiddle;
  // What was written to the socket before it died has reached the server.
  await dying.nc.flush();
  await dying.nc.close();

  const living = await connectBus(nats.url('events'));
  const consuming = hearing(living, (numbers) => { for (const number of numbers) committed.add(number); return Promise.resolve(); });
  try {
    await eventually(() => [...committed], (numbers) => numbers.length === facts.length, 12_000);
  } finally {
    await consuming.stop();
    await living.nc.close();
  }
}
