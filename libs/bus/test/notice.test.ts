import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, freshNats, type FreshNats } from '@regie/testing';
import { closeBus, connectBus, hearNotices, jsonType, tellDone, type Bus, type Notices } from '../src/index.ts';

let nats: FreshNats, events: Bus, gateway: Bus, notices: Notices;
beforeAll(async () => {
  nats = await freshNats();
  [events, gateway] = await Promise.all([connectBus(nats.url('events')), connectBus(nats.url('gateway'))]);
  notices = hearNotices(gateway);
  await gateway.nc.flush();
});
afterAll(async () => { notices.close(); await Promise.all([closeBus(events), closeBus(gateway)]); await nats.drop(); });

const tell = (id: string) => tellDone(events, id, { status: 201, type: jsonType, body: '{}' });

test('everybody who waits for one settlement is told', async () => {
  const waiting = [notices.wait('a', 5_000), notices.wait('a', 5_000)];
  tell('a');
  expect((await Promise.all(waiting)).map((answer) => answer?.status)).toEqual([201, 201]);
});

test('a notice that comes before anybody waits is remembered', async () => {
  tell('b');
  expect(await eventually(() => notices.wait('b', 1), (answer) => answer !== undefined)).toMatchObject({ status: 201 });
});

test('a notice that is remembered keeps its own bytes, not all that came in over the connection with it', async () => {
  for (let n = 0; n < 50; n++) tell(`c${n}`);
  const { body } = (await eventually(() => notices.wait('c49', 1), (answer) => answer !== undefined))!;
  expect([Buffer.from(body).toString(), body.buffer.byteLength]).toEqual(['{}', 2]);
});

test('who waits in vain is told so, and so is everybody when waiting is given up', async () => {
  expect(await notices.wait('never', 10)).toBeUndefined();
  const waiting = notices.wait('later', 60_000);
  notices.giveUp();
  expect(await waiting).toBeUndefined();
  expect(await notices.wait('later', 60_000)).toBeUndefined();
});
