/** Who may ask what: every operation, with another company's ids, with every role, with every bad token. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { allOperations, allows, Role, type Operation } from '@regie/contracts';
import { eventually } from '@regie/testing';
import { randomUUID } from 'node:crypto';
import { expectStatus, type Call } from '../support/client.ts';
import { aCompany, aPerson, at, reserve, someEquipment, someEvent, type Company } from '../support/company.ts';

const routed = allOperations.filter(({ route }) => route !== null);
const split = ({ route }: Operation): [method: string, path: string] => route!.split(' ') as [string, string];

/** Bodies that fit the contract, for the operations that need one. */
const bodies = (ids: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> => ({
  'identity.profile.patch': {}, 'identity.user.patch': { firstName: 'X' }, 'identity.user.set-roles': { roles: ['technician'] }, 'identity.company.patch': {},
  'identity.user.create': { email: `x-${randomUUID()}@rental.example.com`, firstName: 'X', lastName: 'Y', roles: ['driver'], password: 'dix-projecteurs-et-une-console' },
  'identity.session.close': {}, 'identity.password.change': { currentPassword: 'x', newPassword: 'dix-projecteurs-et-une-console' },
  'inventory.category.create': { key: `k${Date.now()}`, code: `K${Date.now() % 1e8}`, name: { en: 'X', fr: 'X' } }, 'inventory.category.patch': { name: { en: 'X', fr: 'X' } },
  'inventory.equipment.create': { name: 'X', category: 'sound', quantityTotal: 1 }, 'inventory.equipment.patch': { name: 'X' },
  'inventory.availability.query': { from: at(0), to: at(1), lines: [{ equipmentId: ids['equipment'], quantity: 1 }] },
  'inventory.reservation.deliver': {}, 'inventory.reservation.return': {}, 'inventory.maintenance.open': { equipmentId: ids['equipment'], priority: 'low', problem: 'x' },
  'inventory.maintenance.patch': {}, 'inventory.maintenance.start': {}, 'inventory.maintenance.complete': { solution: 'x' }, 'inventory.maintenance.cancel': { reason: 'x' },
  'inventory.loss.found': {}, 'inventory.loss.write-off': {},
  'events.customer.create': { name: 'X' }, 'events.customer.patch': { name: 'X' },
  'events.event.create': {
    name: 'X', category: 'mixed', installationAt: at(0), startAt: at(0), endAt: at(1),
    dismantlingAt: at(1), timeZone: 'Europe/Paris', customerId: ids['customers'],
  },
  'events.event.patch': { name: 'X' }, 'events.event.start': {}, 'events.event.complete': {}, 'events.event.cancel': {},
  'events.reservation.request': { lines: [{ equipmentId: ids['equipment'], quantity: 1 }] },
  'events.reservation.change': { lines: [{ equipmentId: ids['equipment'], quantity: 1 }] },
});

const queries: Readonly<Record<string, string>> = {
  'inventory.availability.get': `?from=${at(0)}&to=${at(1)}`, 'inventory.availability.timeline': `?from=${at(0)}&to=${at(1)}`,
};

/** `/api/events/:id/reservations/:rid` → with ids: `:id` is the path's first thing's. */
function filled(operation: Operation, ids: Readonly<Record<string, string>>): string {
  const [, path] = split(operation);
  return path.replaceAll(/([\w-]+)\/:(\w+)/g, (_, thing: string, name: string) =>
    `${thing}/${name === 'type' ? 'equipment' : ids[thing === 'reservations' && path.includes('/events/') ? 'reservations' : thing] ?? randomUUID()}`)
    .replace('/:id', `/${ids['equipment']}`) + (queries[operation.name] ?? '');
}

const ask = (call: Call, operation: Operation, ids: Readonly<Record<string, string>>, token: string | undefined) => {
  const [method] = split(operation);
  const body = bodies(ids)[operation.name];
  return call(method, filled(operation, ids), { token, ...(operation.accepts === 'text/csv' ? { text: 'name,category,quantity\n' }
    : operation.body && method !== 'GET' && method !== 'DELETE' ? { body: body ?? {} }
    : {}) });
};

export const access = (system: () => Call) => describe('access', () => {
  let call: Call, ours: Company, theirs: Company, ids: Record<string, string>;
  beforeAll(async () => {
    call = system();
    [ours, theirs] = [await aCompany(call, 'Canary SA'), await aCompany(call, 'Other SARL')];
    const token = ours.admin;
    const equipment = await someEquipment(call, token, { name: 'CANARY equipment' });
    const event = await someEvent(call, token, [0, 10], { name: 'CANARY event' });
    const { body: reservation } = expectStatus(await reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 1 }]), 201);
    const { body: maintenance } = expectStatus(
      await call('POST', '/api/maintenance', { token, body: { equipmentId: equipment.id, quantity: 1, priority: 'low', problem: 'CANARY problem' } }), 201);
    const { body: customer } = expectStatus(await call('POST', '/api/customers', { token, body: { name: 'CANARY customer' } }), 201);
    const { body: category } = expectStatus(await call('POST', '/api/categories', { token, body: { key: 'canary', code: 'CANARY', name: { en: 'CANARY', fr: 'CANARY' } } }), 201);
    const lost = await someEvent(call, token, [20, 30]);
    const { body: other } = expectStatus(await reserve(call, token, lost.id, [{ equipmentId: equipment.id, quantity: 1 }]), 201);
    expectStatus(await call('POST', `/api/reservations/${other.id}/deliver`, { token, body: {} }), 200);
    const { body: back } = expectStatus(
      await call('POST', `/api/reservations/${other.id}/return`, { token, body: { missing: [{ lineId: other.lines[0].id, quantity: 1 }] } }), 200);
    const { body: { items: [session] } } = expectStatus(await call('GET', '/api/auth/sessions', { token }), 200);
    const person = await aPerson(call, ours, ['technician']);
    ids = {
      equipment: equipment.id, events: event.id, reservations: reservation.id, maintenance: maintenance.id,
      customers: customer.id, categories: category.id, losses: back.lossIds[0],
      sessions: session.id, users: person.id, entities: equipment.id,
    };
  });

  test("every operation with another company's ids answers 404, and nothing of theirs is in any answer", async () => {
    const withIds = routed.filter((operation) =>
      split(operation)[1].includes('/:') || ['inventory.availability.query', 'inventory.maintenance.open', 'events.event.create'].includes(operation.name));
    expect(withIds.length).toBeGreaterThan(30);
    const wrong: string[] = [];
    for (const operation of withIds) {
      const answer = await ask(call, operation, ids, theirs.admin);
      // The trail of what is not theirs is empty rather than missing: they cannot learn whether it exists.
      const expected = operation.name === 'audit.entity.history' ? [200, 404] : [404];
      if (!expected.includes(answer.status) || JSON.stringify(answer.body).includes('CANARY'))
        wrong.push(`${operation.name}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
    }
    for (const operation of routed.filter((one) => split(one)[0] === 'GET' && one.roles !== 'public')) {
      const answer = await ask(call, operation, ids, theirs.admin);
      if (JSON.stringify(answer.body).includes('CANARY')) wrong.push(`${operation.name} shows a canary`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  test('every role may ask exactly what is declared', async () => {
    const wrong: string[] = [];
    for (const role of Role.enum.filter((one) => one !== 'platform_admin')) {
      const { token } = await aPerson(call, theirs, [role]);
      for (const operation of routed) {
        if (operation.roles === 'public' || operation.name === 'identity.session.close' || operation.rate === 'strict') continue;
        const { status, body } = await ask(call, operation, { ...Object.fromEntries(Object.keys(ids).map((name) => [name, randomUUID()])) }, token);
        const may = allows(operation.roles, { id: 'x', companyId: 'x', roles: [role] } as never);
        if (status >= 500 || status === 401 || (status === 403) === may) wrong.push(`${role} ${operation.name}: ${status} ${body?.code ?? ''}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 180_000);

  test('without a token every operation but the public ones is 401', async () => {
    const wrong: string[] = [];
    for (const operation of routed.filter(({ roles }) => roles !== 'public')) {
      const { status } = await ask(call, operation, ids, undefined);
      if (status !== 401) wrong.push(`${operation.name}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  test('a refresh token is no access token, and a reused one ends its whole family', async () => {
    const company = await aCompany(call);
    expect((await call('GET', '/api/auth/profile', { token: company.refreshToken })).status).toBe(401);
    const first = expectStatus(await call('POST', '/api/auth/refresh', { body: { refreshToken: company.refreshToken } }), 200);
    const second = expectStatus(await call('POST', '/api/auth/refresh', { body: { refreshToken: first.body.refreshToken } }), 200);
    expect(await call('POST', '/api/auth/refresh', { body: { refreshToken: company.refreshToken } })).toMatchObject({ status: 401, body: { code: 'auth.refresh-reused' } });
    expect((await call('POST', '/api/auth/refresh', { body: { refreshToken: second.body.refreshToken } })).status).toBe(401);
  });

  test('a deactivated person is out within seconds, whatever its token says', async () => {
    const person = await aPerson(call, ours, ['technician']);
    expectStatus(await call('GET', '/api/equipment', { token: person.token }), 200);
    expectStatus(await call('POST', `/api/users/${person.id}/deactivate`, { token: ours.admin, body: {} }), 200);
    await eventually(() => call('GET', '/api/equipment', { token: person.token }), ({ status }) => status === 401, 30_000);
  });
});
