import { afterEach, describe, expect, test } from '@jest/globals';
import { auditOperations } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { anAdmin, askAs, eventually } from '@regie/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { doorTo, type Door } from './proxy.ts';
import { aFact, freshMongoUrl, keptOf, rig, type Rig } from './support.ts';

let on: Rig, door: Door;
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await on.drop();
  await door.close();
});

const begin = async () => { const url = freshMongoUrl(); door = await doorTo(url); on = await rig(url); };
const facts = (count: number, companyId: string) => Array.from({ length: count }, (_, index) => aFact('inventory.equipment.changed', { companyId, sequence: index + 1 }));
const ready = async () => {
  const answer = await fetch(`${on.health}/health/ready`).catch(() => undefined);
  return { status: answer?.status ?? 0, text: (await answer?.text()) ?? '' };
};
const kept = async (companyId: string) => (await keptOf(on.mongo, companyId)).length;
const verified = (companyId: string) => askAs(on.gateway, anAdmin({ companyId }), auditOperations.verifyAudit);

describe('MongoDB away', () => {
  test('loses nothing, is said in the readiness and the figures, and all is made up for', async () => {
    await begin();
    await on.start({ MONGODB_URL: door.url, LOG_LEVEL: 'error' });
    const companyId = uuid7();
    await on.tell(...facts(20, companyId));
    await eventually(() => kept(companyId), (count) => count === 20);
    expect((await ready()).status).toBe(200);

    door.shut();
    await on.tell(...facts(30, companyId));
    expect((await eventually(ready, ({ status, text }) => status === 503 && !text.includes('(0 facts'), 20_000)).text).toMatch(/mongodb.*\(\d+ facts wait\)/);
    expect(await (await fetch(`${on.health}/metrics`)).text()).toMatch(/regie_audit_lag_messages\{service="audit",consumer="audit-facts"\} [1-9]/);
    expect((await fetch(`${on.health}/health/live`)).status).toBe(200);
    expect(await askAs(on.gateway, anAdmin({ companyId }), auditOperations.listAudit)).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });

    door.open();
    await eventually(() => kept(companyId), (count) => count === 50, 30_000);
    await eventually(ready, ({ status }) => status === 200);
    expect((await eventually(() => verified(companyId), ({ body }) => body.checked === 50)).body.ok).toBe(true);
    expect(await on.mongo.quarantine.countDocuments()).toBe(0);
  }, 60_000);

  test('at the start, it comes up by itself when MongoDB does', async () => {
    await begin();
    door.shut();
    const companyId = uuid7();
    await on.tell(...facts(3, companyId));
    await on.start({ MONGODB_URL: door.url });
    // Until the driver has given up its first attempt to connect: it makes no second one by itself.
    await eventually(ready, ({ status, text }) => status === 503 && text.includes('mongodb: '), 20_000);
    door.open();
    await eventually(ready, ({ status }) => status === 200, 20_000);
    await eventually(() => kept(companyId), (count) => count === 3, 20_000);
  }, 60_000);
});

describe('killed', () => {
  const start = async (url: string) => {
    const env = await on.environment({ MONGODB_URL: url });
    const child = spawn(process.execPath, [resolve(import.meta.dirname, '../src/main.ts')], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    await eventually(ready, ({ status }) => status === 200, 20_000);
    return child;
  };
  const isBlock = (bytes: Buffer) => bytes.includes('insert\0') && bytes.includes('blocks\0');
  const begun = async (companyId: string) => {
    await begin();
    const child = await start(door.url);
    await on.tell(...facts(10, companyId));
    await eventually(() => kept(companyId), (count) => count === 10, 20_000);
    return child;
  };
  const isWhole = async (companyId: string) => {
    await eventually(() => kept(companyId), (count) => count === 25, 20_000);
    const verdict = await eventually(() => verified(companyId), ({ body }) => body.checked === 25, 20_000);
    expect(verdict.body).toMatchObject({ ok: true, firstBad: null });
    const ids = (await keptOf(on.mongo, companyId)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(25);
  };

  test('while it writes, each fact is once in the trail and in one block', async () => {
    const companyId = uuid7();
    const first = await begun(companyId);
    const held = door.holdWhen(isBlock);
    await on.tell(...facts(15, companyId));
    await held;
    expect(await kept(companyId)).toBe(10);
    first.kill('SIGKILL');
    await start(on.mongoUrl);
    await isWhole(companyId);
  }, 60_000);

  test('after its block is written and before it heard so, each fact is once in the trail and in one block', async () => {
    const companyId = uuid7();
    const first = await begun(companyId);
    door.muteWhen(isBlock);
    await on.tell(...facts(15, companyId));
    await eventually(() => kept(companyId), (count) => count > 10, 20_000);
    first.kill('SIGKILL');
    await start(on.mongoUrl);
    // What it had not acknowledged came again, and was known.
    await eventually(async () => (await fetch(`${on.health}/metrics`)).text(), (text) => /regie_audit_again_total\{service="audit"\} [1-9]/.test(text), 20_000);
    await isWhole(companyId);
  }, 60_000);
});
