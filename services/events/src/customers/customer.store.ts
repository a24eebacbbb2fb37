/** What is asked of customers beyond a plain resource. */
import type { Tx } from '@regie/store';
import type { Contact } from './customer.ts';

/**
 * A customer's contacts, while it is held: it can be neither archived nor lose a contact before this transaction has ended.
 * @returns undefined when there is no such customer, or it is archived
 */
export async function holdCustomer(tx: Tx, id: string): Promise<readonly Contact[] | undefined> {
  const [row] = await tx.query<{ contacts: Contact[] | null }>(
    `select data -> 'contacts' as contacts from customer where company_id = $1 and id = $2 and archived_at is null for share`, [tx.companyId, id]);
  return row && (row.contacts ?? []);
}

/** Ids of planned and running events of a customer, a few at most. */
export async function openEventsOf(tx: Tx, customerId: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from event where company_id = $1 and customer_id = $2 and status in ('planned', 'in_progress') and archived_at is null
     order by created_at, id limit 20`,
    [tx.companyId, customerId]);
  return rows.map(({ id }) => id);
}

/** Ids of planned and running events that name one of these contacts, a few at most. */
export async function openEventsNaming(tx: Tx, contactIds: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from event where company_id = $1 and contact_id = any($2::uuid[]) and status in ('planned', 'in_progress') and archived_at is null
     order by created_at, id limit 20`,
    [tx.companyId, contactIds]);
  return rows.map(({ id }) => id);
}
