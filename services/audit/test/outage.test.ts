import { afterEach, describe, expect, test } from '@jest/globals';
import { auditOperations } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { anAdmin, askAs, eventually } from '@regie/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { doorTo, type Door } from './proxy.ts';
import { aFact, freshMongoUrl, rig, type Rig } from './support.ts';

let on: Rig, door: Door;
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await on.drop();
  await door.close();
});

const begin = async () => { const url = freshMongoUrl(); door = await doorTo(url); on = await rig(url); };
const facts = (count: number, companyId: string) => Array.from({ length: count }, (_, index) => aFact('inventory.equipment.changed', { companyId, sequence: index + 1 }));
const ready = async () => { const answer = await fetch(`${on.health}/health/ready`).catch(() => undefined); return { status: answer?.status ?? 0, text: (await answer?.text()) ?? '' }; };
const kept = (companyId: string) => on.mongo.entries.countDocuments({ companyId });
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

test('killed between the entries and their block, each fact is once in the trail and in one block', async () => {
  await begin();
  const start = async (url: string) => {
    const env = await on.environment({ MONGODB_URL: url });
    const child = spawn(process.execPath, [resolve(import.meta.dirname, '../src/main.ts')], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    await eventually(ready, ({ status }) => status === 200, 20_000);
    return child;
  };
  const companyId = uuid7();
  const first = await start(door.url);
  const held = door.holdWhen((bytes) => bytes.includes('insert\0') && bytes.includes('blocks\0'));
  await on.tell(...facts(25, companyId));
  await held;
  expect(await kept(companyId)).toBeGreaterThan(0);
  expect(await on.mongo.blocks.countDocuments()).toBe(0);
  first.kill('SIGKILL');

  await start(on.mongoUrl);
  await eventually(() => kept(companyId), (count) => count === 25, 20_000);
  const verdict = await eventually(() => verified(companyId), ({ body }) => body.checked === 25, 20_000);
  expect(verdict.body).toMatchObject({ ok: true, firstBad: null });
}, 60_000);
