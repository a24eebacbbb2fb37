/** Names of events, for refusals: a mirror of events' own. */
import type { Heard } from '@regie/bus';
import { mirror, type Tx } from '@regie/store';

export const mirrorNames = (tx: Tx, messages: readonly Heard[]): Promise<ReadonlySet<string>> =>
  mirror(tx, 'event_name', { name: 'text' }, messages, ({ data }) => ({ name: (data as { name: string }).name }));

/** Names of those that were heard of, by id. */
export async function namesOf(tx: Tx, eventIds: readonly string[], companyIds: readonly string[] = [tx.companyId]): Promise<Map<string, string>> {
  if (eventIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; name: string }>(
    { name: 'event-names', text: 'select id, name from event_name where company_id in (select unnest($1::uuid[])) and id in (select unnest($2::uuid[]))' },
    [companyIds, [...new Set(eventIds)]]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
