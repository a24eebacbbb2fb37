import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { eventually } from '@regie/testing';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { isOutage, openMongo, type BlockRow, type Mongo } from '../src/database.ts';
import { doorTo, type Door } from './proxy.ts';
import { freshMongoUrl } from './support.ts';

let door: Door, mongo: Mongo;
const sockets: Socket[] = [];
const opened = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);

beforeEach(async () => {
  subscribe('net.client.socket', opened);
  door = await doorTo(freshMongoUrl());
  mongo = openMongo(door.url);
});
afterEach(async () => {
  unsubscribe('net.client.socket', opened);
  await mongo.client.close();
  await door.close();
  sockets.length = 0;
});

const write = (bytes: number) => mongo.quarantine.insertOne({
  _id: uuid7(), stream: 'FACTS', consumer: 'audit-facts', streamSequence: 1, subject: 'evt',
  bytes: new Uint8Array(bytes), reason: 'a test', quarantinedAt: new Date(), replayedAt: null,
});
const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'none', (error: unknown) => error);
/** The connection that writes: the other one, which watches the server, never writes that much. */
const writing = async (): Promise<Socket> => {
  await write(100_000);
  return sockets.find(({ remotePort, bytesWritten }) => remotePort === Number(new URL(door.url).port) && bytesWritten > 100_000)!;
};

describe('a write fails, and does not wait for ever,', () => {
  test('on a connection that ended in the same moment', async () => {
    const socket = await writing();
    const failure = new Promise((resolve) => {
      // Ended by MongoDB and destroyed, and its owner is told after this.
      socket.once('end', () => setImmediate(() => { resolve(failureOf(write(1))); }));
    });
    door.shut();
    expect(isOutage(await failure)).toBe(true);
  });

  test('on a connection that is given up while it takes nothing', async () => {
    const socket = await writing();
    door.fallSilent();
    const failure = failureOf(write(12_000_000));
    await eventually(() => socket.writableLength, (waiting) => waiting > 0);
    await mongo.client.close();
    expect(isOutage(await failure)).toBe(true);
  });
});

describe('an outage', () => {
  const block = { _id: 1 } as BlockRow;

  test('is seen behind a bulk write too', async () => {
    await write(1);
    door.shut();
    expect(isOutage(await failureOf(mongo.blocks.insertMany([block], { ordered: true })))).toBe(true);
  });

  test('is not what the server refuses', async () => {
    await mongo.blocks.insertMany([block]);
    expect(isOutage(await failureOf(mongo.blocks.insertMany([block], { ordered: true })))).toBe(false);
    await mongo.blocks.db.dropDatabase();
  });
});
