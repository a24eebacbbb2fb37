/** The history of sign-ins. */
import type { OutputOf, Refusal, identity } from '@regie/contracts';
import { listRows, uuid7, type Rows, type Tx } from '@regie/store';
import type { Scope } from '../scope.store.ts';

type Entry = OutputOf<typeof identity.operations.listLogins>['items'][number];
export type Outcome = Entry['outcome'];
interface LoginRow extends Omit<Entry, 'at'> { readonly at: Date }

/** Kept whatever is answered: a refusal commits. @returns the attempt's id */
export async function insertLogin(tx: Tx, { companyId, personId }: Scope, outcome: Outcome, at: Date, { ip, userAgent }: { ip: string; userAgent: string }): Promise<string> {
  const id = uuid7();
  await tx.query('insert into login (id, company_id, person_id, at, ip, user_agent, outcome) values ($1, $2, $3, $4, $5, $6, $7)',
    [id, companyId, personId, at, ip, userAgent, outcome]);
  return id;
}

export const listLoginsOf = (
  tx: Tx, { companyId, personId }: Scope, { limit, cursor }: { limit?: number | undefined; cursor?: string | undefined },
): Promise<Rows<LoginRow> | Refusal<'request.cursor-invalid'>> =>
  listRows<LoginRow>(tx, {
    columns: 'id, at, ip, user_agent as "userAgent", outcome', from: 'login', sort: { column: 'at', type: 'timestamptz', descending: true }, limit, cursor,
    where: [['company_id is not distinct from ?::uuid', companyId], ['person_id = ?', personId]],
  });
