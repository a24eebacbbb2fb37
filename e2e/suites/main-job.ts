/** The main job, told through the door. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@regie/testing';
import { readFile } from 'node:fs/promises';
import { expectStatus, inParallel, type Call } from '../support/client.ts';
import { aCompany, at, reserve, someEquipment, someEvent, type Company } from '../support/company.ts';
import { peakOf, peakWithin, type Taken } from '../support/sweep.ts';

const stock = new URL('../../stack/src/demo/stock.csv', import.meta.url);

export const mainJob = (system: () => Call) => describe('the main job', () => {
  let call: Call, company: Company, token: string;
  beforeAll(async () => { call = system(); company = await aCompany(call); token = company.admin; });

  test('a stock list of more than 150 models comes in, after a dry run that changes nothing', async () => {
    const text = await readFile(stock, 'utf8');
    const dry = expectStatus(await call('POST', '/api/equipment/import?dryRun=true', { token, text }), 200);
    expect(dry.body).toMatchObject({ updated: 0, rejected: [] });
    expect(dry.body.created).toBeGreaterThanOrEqual(150);
    expect((await call('GET', '/api/equipment', { token })).body.items).toEqual([]);
    expect(expectStatus(await call('POST', '/api/equipment/import?dryRun=false', { token, text }), 200).body).toEqual(dry.body);
    const { body: { items } } = await call('GET', '/api/equipment?limit=1&sort=reference', { token });
    expect(items[0].reference).toMatch(/^EQ-[A-Z]+-001$/);
    // The other company sees none of it.
    const stranger = await aCompany(call, 'Sons du Nord');
    expect((await call('GET', '/api/equipment', { token: stranger.admin })).body).toEqual({ items: [], nextCursor: null });
  });

  test('a reservation that fits is 201 within the wait, the same at both addresses, and followed by every figure', async () => {
    const equipment = await someEquipment(call, token, { quantityTotal: 10 });
    const event = await someEvent(call, token, [0, 48]);
    const answer = expectStatus(await reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 4 }]), 201);
    process.stdout.write(`    reservation decided and answered in ${Math.round(answer.ms)} ms\n`);
    expect(answer.body).toMatchObject({ eventId: event.id, status: 'reserved', lines: [{ equipmentId: equipment.id, quantity: 4, status: 'reserved', from: at(0), to: at(48) }] });
    expect(answer.headers.get('location')).toBe(`/api/events/${event.id}/reservations/${answer.body.id}`);
    const [here, there] = [
      await call('GET', `/api/events/${event.id}/reservations/${answer.body.id}`, { token }),
      await call('GET', `/api/reservations/${answer.body.id}`, { token }),
    ];
    expect(here.body).toEqual(there.body);
    const { body } = await call('POST', '/api/availability/query', { token, body: { from: at(10), to: at(12), lines: [{ equipmentId: equipment.id, quantity: 7 }] } });
    expect(body.lines).toEqual([{ equipmentId: equipment.id, total: 10, free: 6, requested: 7, short: 1 }]);
  });

  test('a refusal explains and repairs: its reasons are true, and its alternative succeeds', async () => {
    const subcategory = 'followspot_test';
    const [wanted, other] = [await someEquipment(call, token, { quantityTotal: 5, subcategory }), await someEquipment(call, token, { quantityTotal: 8, subcategory })];
    const [first, second] = [await someEvent(call, token, [100, 124]), await someEvent(call, token, [110, 130])];
    expectStatus(await reserve(call, token, first.id, [{ equipmentId: wanted.id, quantity: 3 }]), 201);
    const refused = expectStatus(await reserve(call, token, second.id, [{ equipmentId: wanted.id, quantity: 4 }]), 409);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({
      code: 'reservation.unavailable', status: 409, type: 'urn:regie:problem:reservation.unavailable',
      shortages: [{
        equipmentId: wanted.id, requested: 4, available: 2, nextFreeAt: at(124),
        reasons: [{ kind: 'reserved', eventId: first.id, eventName: first.name, quantity: 3, from: at(100), to: at(124) }],
      }],
    });
    const [alternative] = refused.body.shortages[0].alternatives;
    expect(alternative).toEqual({ equipmentId: other.id, reference: other.reference, available: 8 });
    expectStatus(await reserve(call, token, second.id, [{ equipmentId: alternative.equipmentId, quantity: 4 }]), 201);
  });

  test('of 300 requests at once for the last 5 pieces exactly what fits is reserved, and every refusal is true', async () => {
    const equipment = await someEquipment(call, token, { quantityTotal: 5 });
    const periods = Array.from({ length: 300 }, (_, index) => [1_000 + (index % 40), 1_000 + (index % 40) + 6 + (index % 7)] as const);
    const events = await inParallel(300, 32, (index) => someEvent(call, token, periods[index]!));
    const answers = await Promise.all(events.map((event, index) => reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 1 + (index % 2) }])));
    const asked = answers.map((_, index): Taken => ({ from: at(periods[index]![0]), to: at(periods[index]![1]), quantity: 1 + (index % 2) }));

    expect([...new Set(answers.map(({ status }) => status))].every((status) => [201, 202, 409].includes(status))).toBe(true);
    // A 202 is decided later: every request comes to its one end.
    const ends = await inParallel(300, 16, async (index) => {
      const answer = answers[index]!;
      if (answer.status === 409) return 'rejected';
      const read = await eventually(() => call('GET', `/api/events/${events[index]!.id}/reservations/${answer.body.id}`, { token }),
        ({ body }) => body.status !== 'requested', 60_000);
      return read.body.status as string;
    });
    const taken = asked.filter((_, index) => ends[index] === 'reserved');
    expect(new Set(ends)).toEqual(new Set(['reserved', 'rejected']));
    expect(peakOf(taken)).toBe(5);
    answers.forEach((answer, index) => {
      if (ends[index] === 'reserved') return;
      // Nothing was freed meanwhile: what was refused then does not fit now either.
      expect(peakWithin(taken, asked[index]!) + asked[index]!.quantity).toBeGreaterThan(5);
      if (answer.status === 409) {
        const [shortage] = answer.body.shortages;
        expect(shortage.available).toBeLessThan(shortage.requested);
        for (const reason of shortage.reasons) expect(events.findIndex(({ id, name }) => id === reason.eventId && name === reason.eventName)).toBeGreaterThanOrEqual(0);
      }
    });
  }, 180_000);

  test('periods that touch do not clash', async () => {
    const equipment = await someEquipment(call, token, { quantityTotal: 1 });
    for (const period of [[2_000, 2_010], [2_010, 2_020], [1_990, 2_000]] as const) {
      const event = await someEvent(call, token, period);
      expectStatus(await reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 1 }]), 201);
    }
  });

  test('2 of 40 in maintenance leaves 38, and completing it gives them back', async () => {
    const cables = await someEquipment(call, token, { name: 'Câble XLR 10 m', category: 'sound', quantityTotal: 40 });
    const opened = expectStatus(
      await call('POST', '/api/maintenance', { token, body: { equipmentId: cables.id, quantity: 2, priority: 'low', problem: 'Connecteur cassé' } }), 201);
    const read = () => call('GET', `/api/equipment/${cables.id}`, { token });
    expect((await read()).body).toMatchObject({ status: 'available', quantityTotal: 40, quantityAvailable: 38, quantityOutOfService: 2 });
    expectStatus(await call('POST', `/api/maintenance/${opened.body.id}/start`, { token, body: {} }), 200);
    expectStatus(await call('POST', `/api/maintenance/${opened.body.id}/complete`, { token, body: { solution: 'Connecteur changé' } }), 200);
    expect((await read()).body).toMatchObject({ quantityAvailable: 40, quantityOutOfService: 0 });
    const history = await call('GET', `/api/equipment/${cables.id}/status-history`, { token });
    expect(history.body.items.length).toBeGreaterThanOrEqual(2);
    expect(history.body.items[0]).toMatchObject({ actorId: company.adminId, cause: { kind: 'maintenance', id: opened.body.id } });
  });

  test('gear goes out and comes back in parts; what is damaged opens a maintenance, and the event closes', async () => {
    const equipment = await someEquipment(call, token, { quantityTotal: 6 });
    const event = await someEvent(call, token, [3_000, 3_024]);
    const { body: reservation } = expectStatus(await reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 5 }]), 201);
    const [line] = reservation.lines;
    expectStatus(await call('POST', `/api/events/${event.id}/start`, { token, body: {} }), 200);
    expect(expectStatus(await call('POST', `/api/reservations/${reservation.id}/deliver`, { token, body: {} }), 200).body)
      .toMatchObject({ status: 'delivered', lines: [{ delivered: 5 }] });
    // Events hears of it a moment later, and refuses from then on.
    await eventually(() => call('GET', `/api/events/${event.id}/reservations/${reservation.id}`, { token }), ({ body }) => body.status === 'delivered');
    expect(expectStatus(await call('POST', `/api/events/${event.id}/complete`, { token, body: {} }), 409).body)
      .toMatchObject({ code: 'event.items-out', blocking: [reservation.id] });
    const back = expectStatus(await call('POST', `/api/reservations/${reservation.id}/return`, {
      token, body: { lines: [{ lineId: line.id, quantity: 5 }], damaged: [{ lineId: line.id, quantity: 1, note: 'Lentille fendue' }] },
    }), 200);
    expect(back.body).toMatchObject({ status: 'returned', lines: [{ returned: 5, damaged: 1 }], lossIds: [] });
    expect(back.body.maintenanceIds).toHaveLength(1);
    expect((await call('GET', `/api/equipment/${equipment.id}`, { token })).body).toMatchObject({ quantityAvailable: 5, quantityOutOfService: 1 });
    await eventually(() => call('POST', `/api/events/${event.id}/complete`, { token, body: {} }), ({ status }) => status === 200);
  });

  test('changing dates is decided again, all or nothing, and the old state is kept on a refusal', async () => {
    const equipment = await someEquipment(call, token, { quantityTotal: 2 });
    const [first, second] = [await someEvent(call, token, [4_000, 4_010]), await someEvent(call, token, [4_020, 4_030])];
    for (const event of [first, second]) expectStatus(await reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 2 }]), 201);
    const move = (from: number, to: number) => call('PATCH', `/api/events/${second.id}`, {
      token, headers: { prefer: 'wait=10' }, body: { installationAt: at(from), startAt: at(from), endAt: at(to), dismantlingAt: at(to) },
    });
    expect(expectStatus(await move(4_005, 4_015), 409).body).toMatchObject({ code: 'event.dates-unavailable', shortages: [{ equipmentId: equipment.id, available: 0 }] });
    expect((await call('GET', `/api/events/${second.id}`, { token })).body.startAt).toBe(at(4_020));
    expect(expectStatus(await move(4_010, 4_020), 200).body).toMatchObject({ startAt: at(4_010) });
    const { body: { items } } = await call('GET', `/api/events/${second.id}/reservations`, { token });
    expect(items[0].lines[0]).toMatchObject({ from: at(4_010), to: at(4_020) });
  });

  test('a request sent twice with one key is one reservation, and cancelling frees it', async () => {
    const equipment = await someEquipment(call, token, { quantityTotal: 1 });
    const [event, next] = [await someEvent(call, token, [5_000, 5_010]), await someEvent(call, token, [5_000, 5_010])];
    const lines = [{ equipmentId: equipment.id, quantity: 1 }];
    const once = () => reserve(call, token, event.id, lines, { prefer: 'wait=10', 'idempotency-key': 'scan-42' });
    const [first, again] = [await once(), await once()];
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect(again.body.id).toBe(first.body.id);
    expectStatus(await reserve(call, token, next.id, lines), 409);
    expectStatus(await call('DELETE', `/api/events/${event.id}/reservations/${first.body.id}`, { token, headers: { prefer: 'wait=10' } }), 204);
    expectStatus(await reserve(call, token, next.id, lines), 201);
  });

  test('every step is in the audit trail, with who and what changed, and the chain holds', async () => {
    const equipment = await someEquipment(call, token, { name: 'Console lumière', quantityTotal: 1 });
    expectStatus(await call('PATCH', `/api/equipment/${equipment.id}`, { token, body: { quantityTotal: 2 } }), 200);
    const trail = await eventually(() => call('GET', `/api/audit?entity=equipment&entityId=${equipment.id}`, { token }), ({ body }) => body.items?.length === 2, 30_000);
    expect(trail.body.items[0]).toMatchObject({ action: 'equipment.changed', actorId: company.adminId, changes: { quantityTotal: { before: 1, after: 2 } } });
    expect(trail.body.items[0].ip).toMatch(/127\.0\.0\.1|::1/);
    expect(trail.body.items[1]).toMatchObject({ action: 'equipment.created' });
    expect(expectStatus(await call('GET', '/api/audit/verify', { token }), 200).body).toMatchObject({ ok: true, firstBad: null });
  });
});
