/** Who may be given a repair: a mirror of identity's people, their ids only. */
import type { Heard } from '@regie/bus';
import { mirror, type Tx } from '@regie/store';

interface Told { readonly active: boolean; readonly archivedAt: string | null }

export const mirrorPeople = (tx: Tx, messages: readonly Heard[]): Promise<ReadonlySet<string>> =>
  mirror(tx, 'person', { active: 'boolean' }, messages, ({ data }) => ({ active: (data as Told).active && (data as Told).archivedAt === null }));

/** Is this one of the company's people, and at work? Somebody added this very second may not have been heard of yet. */
export async function isAtWork(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.query({ name: 'person-at-work', text: 'select 1 from person where company_id = $1 and id = $2 and active' }, [tx.companyId, id]);
  return rows.length > 0;
}
