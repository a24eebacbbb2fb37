/** What was asked and answered is let go: not kept by what comes after it. */
import { expect, test } from '@jest/globals';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { Caller } from '@regie/contracts';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openAsking } from './ask.ts';
import type { Message, Sender } from './sender.ts';
import { numberIn } from './wire.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (how?: { type: 'minor' }) => void;
const oldBytes = (): number => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')!.space_used_size;

const rounds = 60;
const width = 32;

/** Bytes that came into the old space while `round` was called again and again: 4 megabytes in all. */
async function kept(round: () => Promise<void>): Promise<number> {
  await round();
  // A full collection makes everything alive old: also what the code under test keeps its questions in.
  collect();
  const before = oldBytes();
  for (let count = 0; count < rounds; count++) {
    await round();
    if (count % 5 === 0) collect({ type: 'minor' });
  }
  return oldBytes() - before;
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
const caller = (): Caller =>
  ({ id: null, companyId: null, roles: [], sessionId: null, ip: '', userAgent: '', requestId: Buffer.alloc(2_000, 'x').toString('latin1'), language: 'en' });
const asked = () => ({ caller: caller(), params: {}, body: Buffer.alloc(0), remainingMs: 60_000 });

/** A connection whose other end answers nothing; `hear` is what it does when an answer comes. */
function connection() {
  let hear: (error: null, message: Msg) => void = () => undefined;
  const nc = { options: {}, subscribe(_: string, { callback }: { callback: typeof hear }) { hear = callback; } } as unknown as NatsConnection;
  return {
    nc,
    answer(reply: string, number: string) {
      hear(null, { subject: reply, data: Buffer.from('{}'), headers: [['Regie-Number', [number]], ['Regie-Status', ['200']]] } as never);
    },
  };
}

test('a question that was answered is not kept by those that are asked after it', async () => {
  const { nc, answer } = connection();
  const left: { reply: string; number: string }[] = [];
  const sender = {
    send({ reply, headers }: Message) { left.push({ reply: reply!, number: numberIn(Buffer.from((headers as unknown as { encode(): Uint8Array }).encode()).toString())! }); },
  } as Sender;
  const asking = openAsking(nc, sender);
  // There are always some under way, as on a busy day.
  const answerMost = (): void => { for (const { reply, number } of left.splice(0, left.length - width / 2)) answer(reply, number); };
  const bytes = await kept(async () => {
    for (let one = 0; one < width; one++) asking.ask('op.x', asked()).catch(() => undefined);
    await turn();
    answerMost();
  });
  asking.close();
  expect(bytes).toBeLessThan(700_000);
});

test('a map would keep them: when it no longer does on a newer Node, nothing is lost by using one', async () => {
  const waiting = new Map<number, object>();
  let count = 0;
  const bytes = await kept(async () => {
    for (let one = 0; one < width; one++) waiting.set(count++, asked());
    await turn();
    for (const place of [...waiting.keys()].slice(0, -width / 2)) waiting.delete(place);
  });
  expect(bytes).toBeGreaterThan(1_400_000);
});
