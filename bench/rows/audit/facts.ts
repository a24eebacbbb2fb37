/** Facts as inventory tells them, for whoever keeps them. */
import { closeBus, connectBus, openPublisher, schemaOf, typeOf, type Outgoing } from '@regie/bus';
import { factSubject, inventory } from '@regie/contracts';
import { uuid7 } from '@regie/store';

const { reservationReserved } = inventory.facts;
const companyId = uuid7();

function fact(): Outgoing {
  const [id, reservationId, now] = [uuid7(), uuid7(), new Date().toISOString()];
  const lines = Array.from({ length: 2 }, () => ({
    id: uuid7(), equipmentId: uuid7(), kitId: null, quantity: 1, from: now, to: now,
    status: 'reserved', delivered: 0, returned: 0, damaged: 0, missing: 0, late: false, atRisk: false,
  }));
  const state = {
    id: reservationId, createdAt: now, updatedAt: now, eventId: uuid7(), status: 'reserved', lines,
    shortages: [], requestedBy: null, decidedAt: now, revision: 1, outcome: 'accepted', settlementId: uuid7(),
    unknownEquipmentIds: [], duplicateEquipmentIds: [], heldLineIds: [],
  };
  return {
    id, subject: factSubject(reservationReserved, companyId),
    message: JSON.stringify({
      specversion: '1.0', id, source: '/inventory', type: typeOf(reservationReserved), subject: reservationId,
      time: now, datacontenttype: 'application/json', dataschema: schemaOf(reservationReserved),
      companyid: companyId, sequence: '1', data: { ...state, changes: { status: [null, 'reserved'], lines: [null, lines], shortages: [null, []] } },
    }),
  };
}

/** Tells so many of them and resolves when all are stored in the stream. @param url of the user `inventory` */
export async function tellFacts(url: string, count: number): Promise<void> {
  const bus = await connectBus(url);
  const publisher = openPublisher(bus);
  for (let told = 0; told < count; told += 500) await publisher.publish(Array.from({ length: Math.min(500, count - told) }, fact));
  publisher.close();
  await closeBus(bus);
}
