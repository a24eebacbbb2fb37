/** Proving the trail. */
import type { auditOperations, Handlers } from '@regie/contracts';
import type { Mongo } from '../database.ts';
import { companyOf } from '../trail/entry.ts';
import { verifyChain } from './verification.store.ts';

export const chainOperations: Handlers<Pick<typeof auditOperations, 'verifyAudit'>, { readonly mongo: Mongo }> = {
  verifyAudit: (_input, { caller, mongo }) => verifyChain(mongo, { companyId: companyOf(caller) }),
};
