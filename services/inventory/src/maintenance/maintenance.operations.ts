/** Repairs: opened, changed, started, completed or cancelled, each under the company's lock since each changes what is free. */
import { inventory, isRefusal, notFound, refuse, reply, type ProblemCode, type Refusal } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale, uuid7, type Tx } from '@regie/store';
import { takenIn } from '../availability/availability.store.ts';
import { stockOf } from '../availability/stock.store.ts';
import { noteStatusChanges, statusesOf } from '../equipment/status.store.ts';
import { isAtWork } from '../people/person.store.ts';
import { lockPartition } from '../reservations/partition.store.ts';
import { refreshShortages } from '../reservations/shortage.reactions.ts';
import { lookAgain, shortIn } from '../reservations/shortage.store.ts';
import {
  completed, endsBeforeStart, isOpen, maintenanceView, mayWork, newRepair, notOpen,
  plannedPeriod, quantityOf, takesUntil, type MaintenanceView, type Repair,
} from './maintenance.ts';
import { insertMaintenance, listOfMaintenance, maintenanceOf, ownPieces, placePieces, updateMaintenance } from './maintenance.store.ts';
import { lowerTotal } from './total.operations.ts';

const { listMaintenance, openMaintenance, getMaintenance, patchMaintenance, startMaintenance, completeMaintenance, cancelMaintenance } = inventory.operations;
const { maintenanceOpened, maintenanceChanged, maintenanceCompleted, maintenanceCancelled } = inventory.facts;
const said = { en: 'maintenance', fr: 'maintenance' };
type Changed = typeof maintenanceChanged | typeof maintenanceCompleted | typeof maintenanceCancelled;

export const maintenanceOperations: HandlersIn<{
  listMaintenance: typeof listMaintenance; openMaintenance: typeof openMaintenance; getMaintenance: typeof getMaintenance; patchMaintenance: typeof patchMaintenance;
  startMaintenance: typeof startMaintenance; completeMaintenance: typeof completeMaintenance; cancelMaintenance: typeof cancelMaintenance;
}> = {
  async listMaintenance(input, { tx }) {
    const page = await listOfMaintenance(tx, input);
    if (isRefusal(page)) return page;
    const items: MaintenanceView[] = [];
    for (const repair of page.rows) items.push(await shown(tx, repair));
    return { items, nextCursor: page.nextCursor };
  },

  async getMaintenance({ id }, { tx }) {
    const repair = await maintenanceOf(tx, id);
    return repair ? reply(await shown(tx, repair), { version: repair.version }) : notFound(said);
  },

  async openMaintenance({ equipmentId, unitIds, quantity, priority, problem, startsAt, expectedEndAt, technicianId }, { tx, now }) {
    const period = plannedPeriod(startsAt, expectedEndAt, now.getTime());
    if (isRefusal(period)) return period;
    if (technicianId !== undefined && !(await isAtWork(tx, technicianId))) return noTechnician();
    await lockPartition(tx);
    const stock = (await stockOf(tx, [equipmentId])).get(equipmentId);
    if (!stock) return notFound({ en: 'equipment', fr: 'matériel' }, '/equipmentId');
    if (stock.archived) return refuse('maintenance.state', { en: 'This equipment is retired.', fr: 'Ce matériel est retiré.' });
    const own = unitIds && await ownPieces(tx, equipmentId, unitIds);
    const foreign = unitIds?.findIndex((unitId) => !own!.has(unitId)) ?? -1;
    if (foreign >= 0) return notFound({ en: 'piece', fr: 'pièce' }, `/unitIds/${foreign}`);
    const pieces = unitIds && [...new Set(unitIds)];
    const taken = await takenIn(tx, [{ companyId: tx.companyId, equipmentId, from: period.startsAt, to: period.expectedEndAt ?? period.startsAt + 1 }], now.getTime());
    const out = quantityOf({ quantity, unitIds: pieces }, stock, taken.get(equipmentId)!, period.startsAt, period.expectedEndAt);
    if (isRefusal(out)) return out;

    const at = now.getTime();
    const repair = newRepair({ id: uuid7(at), equipmentId, unitIds: pieces ?? [], quantity: out, priority, problem, technicianId: technicianId ?? null, ...period }, at);
    const statuses = await statusesOf(tx, [equipmentId]);
    await insertMaintenance(tx, repair);
    if (repair.startsAt <= at) await placePieces(tx, repair.unitIds, 'in_maintenance');
    await lookWhenOverdue(tx, repair);
    await refreshShortages(tx, [equipmentId]);
    const view = await shown(tx, repair);
    tx.tell(maintenanceOpened, view, { version: 1, changes: changesBetween({}, view) });
    await noteStatusChanges(tx, statuses, { kind: 'maintenance', id: repair.id, reason: problem });
    return reply(view, { version: 1 });
  },

  async patchMaintenance({ id, ...patch }, { tx, caller, expectedVersion }) {
    if (typeof patch.technicianId === 'string' && !(await isAtWork(tx, patch.technicianId))) return noTechnician();
    return change(tx, id, expectedVersion, maintenanceChanged, (before) => {
      const forbidden = mayWork(before, caller);
      if (forbidden) return forbidden;
      if (!isOpen(before)) return notOpen(before);
      const { expectedEndAt, ...rest } = patch;
      const end = expectedEndAt === undefined ? before.expectedEndAt : expectedEndAt === null ? null : Date.parse(expectedEndAt);
      return end !== null && end <= before.startsAt ? endsBeforeStart() : { ...before, ...defined(rest), expectedEndAt: end };
    });
  },

  async startMaintenance({ id }, { tx, caller, now, expectedVersion }) {
    return change(tx, id, expectedVersion, maintenanceChanged, (before) =>
      mayWork(before, caller) ?? (before.status === 'pending' ? { ...before, status: 'in_progress', startedAt: now.getTime() } : notOpen(before)));
  },

  async completeMaintenance({ id, solution, cost, scrapped = 0 }, { tx, caller, now, expectedVersion }) {
    return change(tx, id, expectedVersion, maintenanceCompleted,
      (before) => mayWork(before, caller) ?? completed(before, { solution, cost: cost ?? null, scrapped }, now.getTime()), scrapped);
  },

  async cancelMaintenance({ id, reason }, { tx, expectedVersion }) {
    return change(tx, id, expectedVersion, maintenanceCancelled, (before) => (isOpen(before) ? { ...before, status: 'cancelled', cancelReason: reason } : notOpen(before)));
  },
};

const noTechnician = () => notFound({ en: 'technician', fr: 'technicien' }, '/technicianId');

const defined = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** With the promises it puts at risk now; none once it is over. */
async function shown(tx: Tx, repair: Repair): Promise<MaintenanceView> {
  if (!isOpen(repair)) return maintenanceView(repair, []);
  const until = takesUntil(repair, tx.now.getTime());
  return maintenanceView(repair, await shortIn(tx, repair.equipmentId, new Date(repair.startsAt), until === null ? null : new Date(until)));
}

/** At its expected end it becomes overdue, if it is still open then. */
async function lookWhenOverdue(tx: Tx, { equipmentId, expectedEndAt }: Repair): Promise<void> {
  if (expectedEndAt !== null && expectedEndAt > tx.now.getTime()) await lookAgain(tx, [{ companyId: tx.companyId, at: expectedEndAt, equipmentId, reservationId: null }]);
}

/** Lock, decide, save, tell: the same for every step of a repair. @param scrapped pieces that leave the stock with it */
async function change<Code extends ProblemCode>(
  tx: Tx, id: string, expectedVersion: number | undefined, fact: Changed, decide: (before: Repair) => Repair | Refusal<Code>, scrapped = 0,
) {
  await lockPartition(tx);
  const before = await maintenanceOf(tx, id);
  if (!before) return notFound(said);
  if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
  const earlier = await shown(tx, before);
  const decided = decide(before);
  if (isRefusal(decided)) return decided as Refusal<Code>;
  const after: Repair = { ...decided, version: before.version + 1, updatedAt: tx.now.getTime() };

  const statuses = await statusesOf(tx, [after.equipmentId]);
  await updateMaintenance(tx, after);
  if (!isOpen(after)) {
    const gone = after.unitIds.slice(after.unitIds.length - Math.min(scrapped, after.unitIds.length));
    await placePieces(tx, gone, 'retired');
    await placePieces(tx, after.unitIds.filter((unitId) => !gone.includes(unitId)), 'in_stock');
    await lowerTotal(tx, after.equipmentId, scrapped);
  } else {
    if (after.status === 'in_progress') await placePieces(tx, after.unitIds, 'in_maintenance');
    await lookWhenOverdue(tx, after);
  }
  await refreshShortages(tx, [after.equipmentId]);
  const view = await shown(tx, after);
  tx.tell(fact, view, { version: after.version, changes: changesBetween(earlier, view) });
  await noteStatusChanges(tx, statuses, { kind: 'maintenance', id, reason: after.cancelReason ?? after.solution });
  return reply(view, { version: after.version });
}
