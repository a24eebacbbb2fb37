/** Finds and locks the equipment that a stock list may mean. */
import type { Tx } from '@regie/store';
import { lockEquipment } from './equipment.store.ts';
import type { Known, lookedFor } from './import.ts';
import { piecesOf } from './unit.store.ts';

export async function findKnown(tx: Tx, { references, identities }: ReturnType<typeof lookedFor>): Promise<Known[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from equipment where company_id = $1 and archived_at is null and reference = any($2::text[])
     union select e.id from unnest($3::text[], $4::text[], $5::text[], $6::text[]) k (category, name, brand, model)
       join equipment e on e.company_id = $1 and e.archived_at is null and e.category = k.category and e.name = k.name
         and e.brand is not distinct from k.brand and e.model is not distinct from k.model`,
    [
      tx.companyId, references, identities.map(({ category }) => category), identities.map(({ name }) => name),
      identities.map(({ brand }) => brand), identities.map(({ model }) => model),
    ]);
  const kept = [...(await lockEquipment(tx, rows.map(({ id }) => id))).values()];
  const pieces = await piecesOf(tx, kept.filter(({ item }) => item.tracking === 'serialised').map(({ item }) => item.id));
  return kept.filter(({ item }) => item.archivedAt === null).map((one) => ({ ...one, pieces: pieces.get(one.item.id) ?? [] }));
}
