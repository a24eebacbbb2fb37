import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@regie/testing';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startRegie, type Regie } from '../stack/src/index.ts';
import { clientOf, expectStatus, inParallel, persistently, type Answer, type Call } from './support/client.ts';
import { aCompany, reserve, someEquipment, someEvent, type Company } from './support/company.ts';
import { openLedger, overPromised, type Ledger } from './support/ledger.ts';

/** Ten seconds with every change; `npm run faults` takes a minute. */
const awaySeconds = Number(process.env['MONGODB_AWAY_SECONDS'] ?? 10);

let regie: Regie, dir: string, call: Call, company: Company, ledger: Ledger;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'regie-faults-'));
  regie = await startRegie({ dir, quiet: true, env: { RATE_STRICT_PER_MINUTE: '100000', RATE_PER_MINUTE: '1000000' } });
  call = clientOf(regie.gateway);
  company = await aCompany(call);
  ledger = await openLedger(regie);
}, 120_000);
afterAll(async () => { await ledger?.close(); await regie?.stop(); await rm(dir, { recursive: true, force: true }); }, 60_000);

/** 200 reservations of gear for which there is room for about half, each asked until it is answered, with a fault in their middle. */
async function reservationsAcross(fault: () => Promise<void>): Promise<{ accepted: { eventId: string; id: string }[]; answers: Answer[] }> {
  const token = company.admin;
  const equipment = await inParallel(10, 5, () => someEquipment(call, token, { quantityTotal: 10 }));
  const events = await inParallel(40, 16, (index) => someEvent(call, token, [100 + (index % 4), 110 + (index % 4)]));
  const deadline = Date.now() + 90_000;
  let answered = 0;
  let struck: Promise<void> | undefined;
  const answers = await inParallel(200, 32, async (index) => {
    const key = randomUUID();
    const answer = await persistently(() => reserve(call, token, events[index % 40]!.id,
      [{ equipmentId: equipment[Math.floor(index / 20)]!.id, quantity: 1 }], { prefer: 'wait=2', 'idempotency-key': key }), deadline);
    if (++answered === 60) struck = fault();
    return answer;
  });
  await struck;
  const accepted = answers.flatMap(({ status, body }, index) => (status === 201 || status === 202 ? [{ eventId: events[index % 40]!.id, id: body.id as string }] : []));
  return { accepted, answers };
}

/** Every accepted request has one decision, nothing is over-promised, and the trail holds every fact once. */
async function allIsWell(accepted: readonly { eventId: string; id: string }[]): Promise<void> {
  await inParallel(accepted.length, 16, async (index) => {
    const { eventId, id } = accepted[index]!;
    await eventually(() => call('GET', `/api/events/${eventId}/reservations/${id}`, { token: company.admin }).catch(() => undefined),
      (answer) => answer?.status === 200 && answer.body.status !== 'requested', 60_000);
  });
  const decisions = await ledger.inventory<{ n: number }>(
    'select count(*)::int as n from decision where reservation_id = any($1::uuid[]) group by reservation_id', [accepted.map(({ id }) => id)]);
  expect(decisions).toHaveLength(accepted.length);
  expect(decisions.every(({ n }) => n === 1)).toBe(true);
  expect(await ledger.inventory(overPromised)).toEqual([{ over: 0 }]);
  // Confirmed means lines, rejected means none.
  expect(await ledger.inventory(`select r.id from reservation r
    where (r.status = 'reserved') <> exists (select 1 from reservation_line l where l.reservation_id = r.id and l.status = 'reserved')`)).toEqual([]);
  await eventually(() => ledger.pending(), (pending) => pending === 0, 60_000);
  const facts = (await ledger.facts()).sort();
  const audited = await eventually(() => ledger.audited(), (entries) => entries.length >= facts.length, 60_000);
  expect(audited.length).toBe(new Set(audited).size);
  expect(audited.sort()).toEqual(facts);
  expect((await call('GET', '/api/audit/verify', { token: company.admin })).body).toMatchObject({ ok: true });
}

describe('when something dies in the middle of 200 reservations', () => {
  test('inventory, killed and started again', async () => {
    const { accepted } = await reservationsAcross(async () => {
      await regie.services['inventory']!.kill('SIGKILL');
      await pause(500);
      await regie.services['inventory']!.start();
    });
    expect(accepted.length).toBeGreaterThan(50);
    await allIsWell(accepted);
  }, 240_000);

  test('NATS, killed and started again', async () => {
    const { accepted } = await reservationsAcross(async () => {
      await regie.servers.nats.kill();
      await pause(500);
      await regie.servers.nats.start();
    });
    expect(accepted.length).toBeGreaterThan(50);
    await allIsWell(accepted);
  }, 240_000);

  test('MongoDB, away for a while: nobody notices but the trail, which catches up', async () => {
    const { accepted, answers } = await reservationsAcross(async () => {
      await regie.servers.mongodb.stop();
      await pause(awaySeconds * 1_000);
      await regie.servers.mongodb.start();
    });
    expect(answers.every(({ status }) => [201, 202, 409].includes(status))).toBe(true);
    await allIsWell(accepted);
  }, 240_000);
});

test('a system that is stopped in the middle of work loses none of it', async () => {
  const token = company.admin;
  const equipment = await someEquipment(call, token, { quantityTotal: 1_000 });
  const events = await inParallel(20, 10, () => someEvent(call, token, [500, 510]));
  const asked = events.map((event) => reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 1 }], {}));
  const answers = await Promise.all(asked);
  for (const answer of answers) expectStatus(answer, 202);
  await regie.services['inventory']!.stop();
  await regie.services['inventory']!.start();
  await allIsWell(answers.map(({ body }) => ({ eventId: body.eventId, id: body.id })));
}, 120_000);
