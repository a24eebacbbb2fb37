import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { auditOperations } from '@regie/contracts';
import { sealOrigin } from '@regie/runtime';
import { uuid7 } from '@regie/store';
import { aCaller, anAdmin, askAs, eventually } from '@regie/testing';
import { aFact, keptOf, rig, type Rig } from './support.ts';

let on: Rig;
beforeAll(async () => { on = await rig(); await on.start(); });
afterAll(() => on.drop());

const { listAudit, getEntityHistory, exportAudit, verifyAudit } = auditOperations;
/** The company's entries, when there are that many. */
const known = (count: number, companyId: string) => eventually(() => keptOf(on.mongo, companyId), (found) => found.length >= count);
const idsOf = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id).toSorted();

describe('every fact', () => {
  test('is in the trail once, told three times and out of order', async () => {
    const companyId = uuid7();
    const facts = Array.from({ length: 40 }, (_, index) => aFact('inventory.equipment.changed', { companyId, sequence: index + 1 }));
    await on.tell(...facts.toReversed(), ...facts, ...facts.toSorted(() => Math.random() - 0.5));
    await eventually(async () => (await fetch(`${on.health}/metrics`)).text(), (text) => text.includes('regie_audit_again_total{service="audit"} 80'));
    expect(idsOf(await known(40, companyId))).toEqual(idsOf(facts));
    expect((await askAs(on.gateway, anAdmin({ companyId }), verifyAudit)).body)
      .toMatchObject({ ok: true, checked: 40, firstBad: null, checkpoint: { root: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  test('of a flood of them is in the trail once, in blocks of a bounded size', async () => {
    const companyId = uuid7();
    const facts = Array.from({ length: 1_700 }, (_, index) => aFact('inventory.equipment.changed', { companyId, sequence: index + 1 }));
    await on.tell(...facts, ...facts.slice(0, 300));
    expect(idsOf(await known(1_700, companyId))).toEqual(idsOf(facts));
    expect(Math.max(...(await on.mongo.blocks.find({}).toArray()).map((block) => block.entries.length))).toBeLessThanOrEqual(100);
    expect((await askAs(on.gateway, anAdmin({ companyId }), verifyAudit)).body).toMatchObject({ ok: true, checked: 1_700 });
  });

  test('says who did what to which thing, from where and in which request', async () => {
    const admin = anAdmin();
    const companyId = admin.companyId!;
    const fact = aFact('inventory.equipment.changed', {
      companyId, actorId: admin.id, sequence: 2, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      origin: sealOrigin(on.originKey, { ip: '198.51.100.7', userAgent: 'Console/1' }),
      data: { name: 'SM58', stock: { total: 40 } }, changes: { 'stock.total': [38, 40] },
    });
    await on.tell(fact);
    await known(1, companyId);
    const { body } = await askAs(on.gateway, admin, listAudit);
    expect(body.items).toEqual([{
      id: fact.id, at: expect.any(String), actorId: admin.id, action: 'equipment.changed',
      entity: 'equipment', entityId: fact.aggregate, changes: { 'stock.total': { before: 38, after: 40 } },
      ip: '198.51.100.7', userAgent: 'Console/1', traceId: 'a'.repeat(32),
    }]);
  });

  test('of internal streams is kept too: refused sign-ins, refused access, exports', async () => {
    const companyId = uuid7();
    await on.tell(aFact('identity.sign-in.attempted', { companyId, actorId: null, data: { outcome: 'wrong_password', ip: '203.0.113.9', userAgent: 'x' } }),
      aFact('gateway.access.refused', { companyId, data: { operation: 'x', code: 'auth.forbidden', userId: null, ip: '203.0.113.9', userAgent: 'x' } }));
    await known(2, companyId);
    const { body } = await askAs(on.gateway, anAdmin({ companyId }), listAudit);
    expect(body.items.map(({ action, ip }: { action: string; ip: string }) => [action, ip]).toSorted())
      .toEqual([['access.refused', '203.0.113.9'], ['sign-in.attempted', '203.0.113.9']]);
  });

  test('of a form we do not know is kept all the same, and nothing after it waits', async () => {
    const companyId = uuid7();
    const odd = aFact('inventory.equipment.changed', { companyId });
    const message = JSON.stringify({
      ...JSON.parse(odd.message), type: 'something else', time: 'never', sequence: 'x',
      data: { changes: 'none', $where: { $ne: null }, 'a.b': 1, text: '\u0000' },
    });
    await on.tell({ ...odd, message }, aFact('inventory.equipment.changed', { companyId }));
    await known(2, companyId);
    expect((await askAs(on.gateway, anAdmin({ companyId }), verifyAudit)).body.ok).toBe(true);
  });
});

describe('reading', () => {
  const admin = anAdmin();
  const companyId = admin.companyId!;
  const technician = aCaller({ companyId, roles: ['technician'] });
  const stranger = anAdmin();
  const equipment = uuid7();
  const at = (minute: number) => new Date(Date.UTC(2026, 5, 1, 10, minute)).toISOString();
  beforeAll(async () => {
    await on.tell(
      ...[1, 2, 3].map((sequence) => aFact('inventory.equipment.changed', {
        companyId, actorId: sequence === 2 ? technician.id : admin.id, subject: equipment, sequence,
        time: at(sequence), data: { name: `Éclair ${sequence}`, note: '=1+1' }, changes: { note: [null, '=1+1'] },
      })),
      aFact('events.event.created', { companyId, actorId: admin.id, time: at(30), data: { name: 'Opéra de Lyon' } }),
      aFact('events.event.created', { companyId, actorId: null, time: at(40), data: { name: 'Gala' } }),
      aFact('events.event.created', { companyId: stranger.companyId!, time: at(5), data: { name: 'Secret' } }),
    );
    await known(5, companyId);
    await known(1, stranger.companyId!);
  });
  const list = async (caller = admin, params = {}) => (await askAs(on.gateway, caller, listAudit, { params })).body;
  const names = async (caller = admin, params = {}) => ((await list(caller, params)).items as { at: string }[]).map((item) => new Date(item.at).getUTCMinutes());

  test('an administrator sees the company’s, anybody else its own, nobody another company’s', async () => {
    expect(await names()).toEqual([40, 30, 3, 2, 1]);
    expect(await names(technician)).toEqual([2]);
    expect(await names(technician, { actorId: admin.id })).toEqual([]);
    expect(await names(aCaller({ companyId, roles: ['manager'] }))).toEqual([]);
    expect(await names(stranger)).toEqual([5]);
    expect(await names(stranger, { entityId: equipment })).toEqual([]);
    expect(await names(anAdmin({ companyId: null }))).toEqual([]);
  });

  test('is filtered by each field, by period and by words without case and accents', async () => {
    expect(await names(admin, { actorId: technician.id })).toEqual([2]);
    expect(await names(admin, { entity: 'event' })).toEqual([40, 30]);
    expect(await names(admin, { entityId: equipment, entity: 'equipment' })).toEqual([3, 2, 1]);
    expect(await names(admin, { action: 'equipment.changed' })).toEqual([3, 2, 1]);
    expect(await names(admin, { from: at(2), to: at(30) })).toEqual([3, 2]);
    expect(await names(admin, { q: 'OPERA lyon' })).toEqual([30]);
    expect(await names(admin, { q: 'équipment' })).toEqual([3, 2, 1]);
    expect(await names(admin, { q: technician.id })).toEqual([2]);
    expect(await names(admin, { q: '…' })).toEqual([]);
    expect(await askAs(on.gateway, admin, listAudit, { params: { from: at(3), to: at(2) } })).toMatchObject({ status: 422, body: { code: 'period.invalid' } });
  });

  test('goes page by page either way, without a skip or a repeat', async () => {
    for (const sort of ['-at', 'at'] as const) {
      const seen: number[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await list(admin, { sort, limit: 2, ...(cursor ? { cursor } : {}) });
        seen.push(...(page.items as { at: string }[]).map((item) => new Date(item.at).getUTCMinutes()));
        cursor = page.nextCursor as string | null;
      } while (cursor);
      expect(seen).toEqual(sort === 'at' ? [1, 2, 3, 30, 40] : [40, 30, 3, 2, 1]);
    }
    for (const cursor of ['x', 'eyJ', Buffer.from('["at",{"$ne":1},"x"]').toString('base64url')]) {
      expect(await askAs(on.gateway, admin, listAudit, { params: { cursor } })).toMatchObject({ status: 400, body: { code: 'request.cursor-invalid' } });
    }
  });

  test('is read on though its entries are large: a page of many ends early instead of not at all', async () => {
    const companyId = uuid7();
    const large = Array.from({ length: 6 }, (_, index) =>
      aFact('inventory.equipment.changed', { companyId, sequence: index + 1, changes: { description: [null, 'é'.repeat(500_000)] } }));
    await on.tell(...large);
    await known(6, companyId);
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { status, body } = await askAs(on.gateway, anAdmin({ companyId }), listAudit, { params: cursor ? { cursor } : {} });
      expect(status).toBe(200);
      seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
      cursor = body.nextCursor as string | null;
    }
    expect(seen.toSorted()).toEqual(large.map(({ id }) => id).toSorted());
  });

  test('takes no operator for a value', async () => {
    for (const name of ['actorId', 'entityId', 'entity', 'action', 'q', 'from']) {
      expect(await askAs(on.gateway, admin, listAudit, { params: { [name]: { $ne: null } } })).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    }
  });

  test('a thing’s history tells its state at any instant, to who may see it', async () => {
    const history = (caller = admin, params = {}) => askAs(on.gateway, caller, getEntityHistory, { params: { type: 'equipment', id: equipment, ...params } });
    expect((await history()).body.items).toHaveLength(3);
    expect((await history()).body).not.toHaveProperty('state');
    expect((await history(admin, { at: at(2) })).body.state).toMatchObject({ id: equipment, name: 'Éclair 2' });
    expect((await history(admin, { at: at(0) })).body.state).toBeNull();
    expect((await history(technician, { at: at(59) })).body).toMatchObject({ items: [{ actorId: technician.id }], state: { name: 'Éclair 2' } });
    expect((await history(stranger)).status).toBe(404);
    expect((await history(admin, { type: 'event' })).status).toBe(404);
  });

  test('leaves as CSV whose cells no spreadsheet runs', async () => {
    const { body } = await askAs(on.gateway, admin, exportAudit, { params: { entity: 'equipment' } });
    const [header, first, ...rest] = (body.chunk as string).trimEnd().split('\r\n');
    expect(header).toBe('id,at,actorId,action,entity,entityId,changes,ip,userAgent,traceId');
    expect(first).toContain('"{""note"":{""before"":null,""after"":""=1+1""}}"');
    expect(rest).toHaveLength(2);
    expect(body.nextCursor).toBeNull();
    expect(((await askAs(on.gateway, technician, exportAudit)).body.chunk as string).trimEnd().split('\r\n')).toHaveLength(2);
  });

  test('only an administrator verifies', async () => {
    expect((await askAs(on.gateway, technician, verifyAudit)).status).toBe(403);
    expect((await askAs(on.gateway, admin, verifyAudit)).body).toMatchObject({ ok: true, checked: 5 });
  });
});

test('what cannot be read is put aside with its reason, and the rest flows', async () => {
  const companyId = uuid7();
  const fact = aFact('inventory.equipment.changed', { companyId });
  await on.tell({ ...fact, message: '{"not": "a fact"}' }, fact);
  await known(1, companyId);
  expect(await eventually(() => on.mongo.quarantine.find({}).toArray(), (rows) => rows.length === 1))
    .toMatchObject([{ consumer: 'audit-facts', subject: fact.subject, replayedAt: null }]);
  expect(await (await fetch(`${on.health}/metrics`)).text()).toContain('regie_quarantined_total{service="audit",consumer="audit-facts"} 1');
});

test('another fact under the same id is an alarm; the first stays', async () => {
  const companyId = uuid7();
  const fact = aFact('inventory.equipment.changed', { companyId, data: { name: 'true' } });
  await on.tell(fact);
  await known(1, companyId);
  await on.tell({ ...fact, message: fact.message.replace('"true"', '"false"') });
  expect(await eventually(() => on.mongo.conflicts.find({ factId: fact.id }).toArray(), (rows) => rows.length === 1)).toHaveLength(1);
  expect(await keptOf(on.mongo, companyId)).toMatchObject([{ id: fact.id, state: expect.stringContaining('"true"') }]);
  expect(await (await fetch(`${on.health}/metrics`)).text()).toContain('regie_audit_conflicts_total{service="audit"} 1');
  expect((await askAs(on.gateway, anAdmin({ companyId }), verifyAudit)).body.ok).toBe(true);
});
