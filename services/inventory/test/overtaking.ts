/** Somebody else changes what a writer knows, in every way there is. Given to the service, which notices, and to broken variants, which must not. */
import type { Known } from '../src/reservations/known.ts';
import { settleOrders } from '../src/reservations/settlement.reactions.ts';
import type { Decision } from '../src/reservations/settlement.ts';
import type { Settling, SettleUnderLock } from '../src/reservations/settling.reactions.ts';
import type { GivenOrder } from '../src/reservations/telling.reactions.ts';
import type { Desk } from './desk.ts';
import { aLine, fromNow } from './stage.ts';

const held = { id: '', line: '' };
export type Held = typeof held;

/** One reservation of 3 pieces of 5, for hours 100 to 108; what somebody does with it; and what it changes for whoever comes after. */
export const overtakings: Readonly<Record<string, (desk: Desk, equipmentId: string, held: Held) => Promise<unknown>>> = {
  'another writer promises': (desk, equipmentId) => decideBy(desk, [desk.order([{ lines: [aLine(equipmentId, 2, 100, 108)] }])]),
  'another writer cancels': (desk, _, { id }) => decideBy(desk, [desk.order([{ id, revision: 2, lines: [] }])]),
  'pieces are handed out, early and for good': (desk, _, { id }) => desk.operate('deliverReservation', { id }),
  'a repair is opened': (desk, equipmentId) => desk.operate('openMaintenance', { equipmentId, quantity: 2, priority: 'low', problem: 'hums', startsAt: fromNow(-1) }),
  'the total is lowered': (desk, id) => desk.operate('patchEquipment', { id, quantityTotal: 3 }),
  'the total is raised': (desk, id) => desk.operate('patchEquipment', { id, quantityTotal: 9 }),
  'preparation takes longer': (desk, id) => desk.operate('patchEquipment', { id, prepMinutes: 600 }),
  'turnaround takes longer': (desk, id) => desk.operate('patchEquipment', { id, turnaroundMinutes: 600 }),
};

const decideBy = async (desk: Desk, orders: readonly GivenOrder[]): Promise<unknown> => (await desk.writer()).settle(orders);

/** Orders a writer may decide ahead of the lock: it knows the equipment, and was alone for a while. */
export async function warmed(desk: Desk, writer: Settling, equipmentId: string): Promise<Held> {
  const lines = [aLine(equipmentId, 3, 100, 108)];
  const order = desk.order([{ lines }]);
  await writer.settle([order]);
  for (let turn = 0; turn < 4; turn++) await writer.settle([desk.order([{ lines: [aLine(equipmentId, 1, 200 + 10 * turn, 208 + 10 * turn)] }])]);
  return { id: order.reservations[0]!.id, line: lines[0]!.id };
}

export interface Seen { readonly known: readonly string[]; readonly rows: readonly string[] }

/** What a warm writer decides after somebody else was there, and what the rows alone would have had it decide. */
export async function seenAfter(desk: Desk, writer: Settling, change: (desk: Desk, equipmentId: string, held: Held) => Promise<unknown>): Promise<Seen> {
  const equipmentId = await desk.equipment(5);
  const promised = await warmed(desk, writer, equipmentId);
  await change(desk, equipmentId, promised);
  const orders = [[2, 100, 108], [3, 104, 112], [5, 90, 98], [5, 110, 118], [4, 300, 301]].map(([quantity, from, to]) =>
    desk.order([{ lines: [aLine(equipmentId, quantity!, from!, to!)] }]));
  const rows: string[] = [];
  const known: string[] = [];
  // One after the other: each is compared before it is decided for good.
  for (const order of orders) {
    rows.push(...(await desk.byRows([order])).map(inWords));
    known.push(...(await writer.settle([order])).map(inWords));
  }
  return { known, rows };
}

/** A batch is rolled back after all of it was decided; somebody else is there, and changes nothing that matters; others want the same. @returns their outcomes */
export async function afterRollback(desk: Desk, known?: Known): Promise<string[]> {
  let fails = false;
  const underLock: SettleUnderLock = async (...given) => {
    const decided = await settleOrders(...given);
    if (fails) throw new Error('dead before the commit');
    return decided;
  };
  const writer = await desk.writer({ underLock, ...(known ? { known } : {}) });
  const equipmentId = await desk.equipment(5);
  await warmed(desk, writer, equipmentId);
  // One that is refused is decided under the lock, and with it the one before.
  const batch = () => [desk.order([{ lines: [aLine(equipmentId, 5, 860, 868)] }]), desk.order([{ lines: [aLine(equipmentId, 9, 860, 868)] }])];
  fails = true;
  if (await writer.settle(batch()).then(() => true, () => false)) throw new Error('it was committed');
  fails = false;
  await desk.operate('patchEquipment', { id: equipmentId, quantityTotal: 6 });
  return (await writer.settle(batch())).map(({ outcome }) => outcome);
}

/**
 * Somebody else promises three of five; a writer that does not know sends one batch, and another behind it that wants three of the same. The first fails by the version, and
 * the second finds just the version it counts on: the one that somebody else made. @returns what becomes of the two
 */
export async function behindOneThatFails(desk: Desk, writer: Settling): Promise<string[]> {
  const equipmentId = await desk.equipment(5);
  await warmed(desk, writer, equipmentId);
  await decideBy(desk, [desk.order([{ lines: [aLine(equipmentId, 3, 700, 708)] }])]);
  const decided = await Promise.all([[1, 720, 728], [3, 700, 708]].map(([quantity, from, to]) =>
    writer.settle([desk.order([{ lines: [aLine(equipmentId, quantity!, from!, to!)] }])])));
  return decided.flat().map(({ outcome }) => outcome);
}

/** A decision, without what is its own each time. */
export const inWords = ({ outcome, after, shortLines, unknownEquipmentIds, duplicateEquipmentIds, heldLineIds }: Decision): string => JSON.stringify({
  outcome, status: after.status, version: after.version, revision: after.revision,
  lines: after.lines.map(({ id, quantity, from, to, status }) => ({ id, quantity, from, to, status })),
  short: shortLines.map(({ shortage: { requested, available, reasons } }) => ({ requested, available, reasons })), unknownEquipmentIds, duplicateEquipmentIds, heldLineIds,
});
