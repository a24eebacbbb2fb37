/** One request is one trace, from the door to the audit trail. */
import { expect, test } from '@jest/globals';
import { eventually } from '@regie/testing';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expectStatus, type Call } from '../support/client.ts';
import { aCompany, reserve, someEquipment, someEvent } from '../support/company.ts';

/** @param logs service → log file */
export const trace = (system: () => Call, logs: () => Readonly<Record<string, string>>) =>
  test("one request's trace id is in the logs of the gateway, events, inventory and audit, and on the audit entry", async () => {
    const call = system();
    const { admin: token } = await aCompany(call);
    const [equipment, event] = [await someEquipment(call, token), await someEvent(call, token, [0, 5])];
    const traceId = randomBytes(16).toString('hex');
    const answer = expectStatus(await reserve(call, token, event.id, [{ equipmentId: equipment.id, quantity: 1 }],
      { prefer: 'wait=10', traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` }), 201);
    for (const service of ['gateway', 'events', 'inventory', 'audit']) {
      await eventually(() => readFile(logs()[service]!, 'utf8'), (text) => text.includes(traceId), 20_000);
    }
    const trail = await eventually(() => call('GET', `/api/audit?entity=reservation&entityId=${answer.body.id}`, { token }), ({ body }) => body.items?.length > 0, 20_000);
    expect(trail.body.items[0]).toMatchObject({ action: 'reservation.reserved', traceId });
  });
