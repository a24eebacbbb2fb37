/** The time zone a company counts its days in: a mirror of identity's. */
import type { Heard } from '@regie/bus';
import { mirror, type Tx } from '@regie/store';

/** Until the company's zone has been heard. */
const unheard = 'Europe/Paris';

export const mirrorZones = (tx: Tx, messages: readonly Heard[]): Promise<ReadonlySet<string>> =>
  mirror(tx, 'company_zone', { time_zone: 'text' }, messages, ({ data }) => ({ time_zone: (data as { timeZone?: string }).timeZone ?? unheard }));

/** IANA name of the zone of the transaction's company. */
export async function zoneOf(tx: Tx): Promise<string> {
  const [row] = await tx.query<{ time_zone: string }>('select time_zone from company_zone where company_id = $1 and id = $1', [tx.companyId]);
  return row?.time_zone ?? unheard;
}
