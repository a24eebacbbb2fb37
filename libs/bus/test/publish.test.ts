import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { atOnce, freshNats, type FreshNats } from '@regie/testing';
import { uuid7 } from '@regie/store';
import { closeBus, connectBus, openPublisher, type Bus } from '../src/index.ts';

let nats: FreshNats, bus: Bus;
beforeAll(async () => { nats = await freshNats(); bus = await connectBus(nats.url('inventory')); });
afterAll(async () => { await closeBus(bus); await nats.drop(); });

const aWindow = (size: number) => Array.from({ length: size }, () => ({ id: uuid7(), subject: `evt.${uuid7()}.inventory.equipment.created.v1`, message: '{}' }));

test('windows published at once are each stored whole', async () => {
  const publisher = openPublisher(bus);
  await expect(atOnce(10, () => publisher.publish(aWindow(50)))).resolves.toHaveLength(10);
  publisher.close();
});

test('what a stream refuses is not taken for stored, though the refusal names a place in it', async () => {
  const publisher = openPublisher(bus);
  const provision = await connectBus(nats.url('provision'));
  await provision.manager.streams.update('FACTS', { max_msg_size: 1_000 });
  await expect(publisher.publish([...aWindow(1), { ...aWindow(1)[0]!, message: 'x'.repeat(2_000) }])).rejects.toThrow(/exceeds maximum/);
  await provision.manager.streams.update('FACTS', { max_msg_size: -1 });
  await closeBus(provision);
  publisher.close();
});

test('nothing of a window that could not be put together leaves with the next one', async () => {
  const publisher = openPublisher(bus);
  const provision = await connectBus(nats.url('provision'));
  const stored = async () => (await provision.manager.streams.info('FACTS')).state.messages;
  const before = await stored();
  const [first, second, next] = aWindow(3) as [ReturnType<typeof aWindow>[0], ReturnType<typeof aWindow>[0], ReturnType<typeof aWindow>[0]];
  await expect(publisher.publish([first, { ...second, id: 'a\nb' }])).rejects.toThrow('line break');
  await publisher.publish([next]);
  expect(await stored()).toBe(before + 1);
  await closeBus(provision);
  publisher.close();
});

test('a window that no stream takes is refused, and what is not heard of in time is unknown', async () => {
  const publisher = openPublisher(bus);
  await nats.stop();
  await expect(publisher.publish(aWindow(3), 300)).rejects.toThrow(/3 of 3 messages not acknowledged/);
  await nats.start();
  publisher.close();
});
