/** The status of equipment now, and the history of it. */
import { uuid7, type Tx } from '@regie/store';
import { figuresOf } from '../availability/figures.store.ts';
import { standingOf, statusChanges, type Standing } from './status.ts';

/** What made a status change. */
export interface Cause {
  readonly kind: 'equipment' | 'reservation' | 'maintenance' | 'loss';
  readonly id: string;
  readonly reason?: string | null | undefined;
  /** Who, when it is not the transaction's actor (orders heard in a batch). */
  readonly actorId?: string | null | undefined;
}

const totals = { name: 'equipment-totals', text: 'select id, quantity_total, archived_at is not null as archived from equipment where id = any($1::uuid[])' };

/**
 * Status and available pieces of each equipment, now. Look before a change, then give it to `noteStatusChanges` after it.
 * Unknown ids are left out. Works in transactions of one company and of many: the row-level fence names them.
 */
export async function statusesOf(tx: Tx, ids: readonly string[]): Promise<Map<string, Standing>> {
  if (ids.length === 0) return new Map();
  const figures = await figuresOf(tx, ids);
  const rows = await tx.query<{ id: string; quantity_total: number; archived: boolean }>(totals, [ids]);
  return new Map(rows.map(({ id, quantity_total: quantityTotal, archived }) => [id, standingOf({ quantityTotal, archived }, figures.get(id) ?? { reserved: 0, outOfService: 0 })]));
}

const note = {
  name: 'status-note',
  text: `insert into status_change (id, company_id, equipment_id, at, from_status, to_status, quantity, reason, actor_id, cause_kind, cause_id)
    select n.id, e.company_id, n.equipment_id, now(), n.from_status, n.to_status, n.quantity, n.reason, n.actor_id, n.cause_kind, n.cause_id
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::text[], $7::uuid[], $8::text[], $9::uuid[])
      n (id, equipment_id, from_status, to_status, quantity, reason, actor_id, cause_kind, cause_id) join equipment e on e.id = n.equipment_id`,
};

/**
 * Writes a line of history for each equipment whose status or available quantity is another than in `before`.
 * @param before what `statusesOf` said before the change
 */
export async function noteStatusChanges(tx: Tx, before: ReadonlyMap<string, Standing>, cause: Cause): Promise<void> {
  if (before.size === 0) return;
  await writeChanges(tx, before, await statusesOf(tx, [...before.keys()]), () => cause);
}

/**
 * The same for changes of the equipment itself, each its own cause: its total, its archiving, its beginning.
 * @param ids all that changed; those that are not in `before` are new
 */
export async function noteStockChanges(tx: Tx, before: ReadonlyMap<string, Standing>, ids: readonly string[]): Promise<void> {
  await writeChanges(tx, before, await statusesOf(tx, ids), (id) => ({ kind: 'equipment', id }));
}

async function writeChanges(tx: Tx, before: ReadonlyMap<string, Standing>, after: ReadonlyMap<string, Standing>, causeOf: (equipmentId: string) => Cause): Promise<void> {
  const changes = statusChanges(before, after);
  if (changes.length === 0) return;
  const causes = changes.map(({ equipmentId }) => causeOf(equipmentId));
  await tx.query(note, [
    changes.map(() => uuid7(tx.now.getTime())), changes.map(({ equipmentId }) => equipmentId),
    changes.map(({ from }) => from), changes.map(({ to }) => to), changes.map(({ quantity }) => quantity),
    causes.map(({ reason }) => reason ?? null), causes.map(({ actorId }) => (actorId === undefined ? tx.actorId : actorId)),
    causes.map(({ kind }) => kind), causes.map(({ id }) => id),
  ]);
}
