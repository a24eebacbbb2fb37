import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { auditOperations } from '@regie/contracts';
import { sealOrigin } from '@regie/runtime';
import { uuid7 } from '@regie/store';
import { anAdmin, askAs, eventually } from '@regie/testing';
import { eraseKey } from '../src/people/person-keys.store.ts';
import { aFact, keptOf, rig, type Rig } from './support.ts';

let on: Rig;
const companyId = uuid7();
const person = uuid7();
const admin = anAdmin({ companyId });
const told = aFactOf();

function aFactOf() {
  return (originKey: string) => aFact('identity.user.changed', {
    companyId, actorId: person, subject: person, sequence: 2, origin: sealOrigin(originKey, { ip: '198.51.100.23', userAgent: 'Firefox on her telephone' }),
    data: { email: 'amelie@opera.example.com', firstName: 'Amélie', lastName: 'Poulain', phone: '+33612345678', roles: ['manager'] },
    changes: { lastName: ['Durand', 'Poulain'], roles: [['technician'], ['manager']] },
  });
}
const secrets = ['amelie', 'Amélie', 'Poulain', 'Durand', '33612345678', '198.51.100.23', 'telephone'];

beforeAll(async () => {
  on = await rig();
  await on.start();
});
afterAll(() => on.drop());

describe('what is personal', () => {
  let fact: ReturnType<typeof aFact>;
  const inTrail = async (id: string) => (await keptOf(on.mongo, companyId)).find((entry) => entry.id === id);
  const history = async () => (await askAs(
    on.gateway, admin, auditOperations.getEntityHistory, { params: { type: 'user', id: person, at: new Date(Date.now() + 60_000).toISOString() } })).body;
  const verdict = async () => (await askAs(on.gateway, admin, auditOperations.verifyAudit)).body;

  test('is in no document of the trail in the clear, and reads as it was told', async () => {
    fact = told(on.originKey);
    await on.tell(fact);
    const row = await eventually(() => inTrail(fact.id), (found) => found !== undefined);
    for (const secret of secrets) expect(JSON.stringify([row, await on.mongo.blocks.find({}, { projection: { body: 0 } }).toArray()])).not.toContain(secret);
    expect(await history()).toMatchObject({
      items: [{
        ip: '198.51.100.23', userAgent: 'Firefox on her telephone',
        changes: { lastName: { before: 'Durand', after: 'Poulain' }, roles: { before: ['technician'], after: ['manager'] } },
      }],
      state: { email: 'amelie@opera.example.com', firstName: 'Amélie', phone: '+33612345678', roles: ['manager'] },
    });
  });

  test('seals to the same bytes again, so that a fact heard twice is known', async () => {
    await on.tell(fact, fact);
    await eventually(async () => (await fetch(`${on.health}/metrics`)).text(), (text) => text.includes('regie_audit_again_total{service="audit"} 2'));
    expect(await on.mongo.conflicts.countDocuments()).toBe(0);
  });

  test('becomes unreadable with its person’s key; who did what stays, and so does the chain', async () => {
    await eraseKey(on.mongo, person, new Date());
    expect(await history()).toMatchObject({
      items: [{ actorId: person, ip: null, userAgent: null, changes: { lastName: { before: '[erased]', after: '[erased]' }, roles: { after: ['manager'] } } }],
      state: { id: person, email: '[erased]', phone: '[erased]', roles: ['manager'] },
    });
    expect(await verdict()).toMatchObject({ ok: true, checked: 1 });
  });

  test('of an erased person is not kept again: neither the same fact nor a new one', async () => {
    const next = aFact('identity.user.changed', { companyId, actorId: person, subject: person, sequence: 3, data: { email: 'amelie@opera.example.com', lastName: 'Poulain' } });
    await on.tell(fact, next);
    const row = await eventually(() => inTrail(next.id), (found) => found !== undefined);
    for (const secret of secrets) expect(JSON.stringify(row)).not.toContain(secret);
    await eventually(async () => (await fetch(`${on.health}/metrics`)).text(), (text) => text.includes('regie_audit_again_total{service="audit"} 3'));
    expect(await on.mongo.conflicts.countDocuments()).toBe(0);
    expect(await verdict()).toMatchObject({ ok: true, checked: 2 });
  });
});
