/** Whose rows a transaction sees. */
import type { Caller } from '@regie/contracts';
import { nobody, type Tx } from '@regie/store';

/** A company, or a person who belongs to none. */
export interface Scope {
  readonly companyId: string | null;
  readonly personId: string;
}

/** Of who asks a `self` operation, which nobody asks without being signed in. */
export const scopeOf = ({ id, companyId }: Caller): Scope => ({ companyId, personId: id! });

/** From here on the transaction sees this company, or this person alone. Only for whom a credential or the caller's token named. */
export async function enter(tx: Tx, { companyId, personId }: Scope): Promise<void> {
  await tx.query(`select set_config('app.company', $1, true), set_config('app.person', $2, true)`, [companyId ?? nobody, companyId === null ? personId : nobody]);
}

/** The present instant. After a lock it is later than everything that happened under it before, which the transaction's own time is not. */
export async function instant(tx: Tx): Promise<Date> {
  const [row] = await tx.query<{ at: Date }>('select clock_timestamp() as at');
  return row!.at;
}
