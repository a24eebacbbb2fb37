/** REGIE_PLATFORM_ADMIN named after the person had registered: looked for at the start. */
import { transact, type Database } from '@regie/store';
import { enter } from '../scope.store.ts';
import { tellAs } from '../tools.ts';
import { makePlatformAdmin } from './change.operations.ts';
import { anyPlatformAdmin, findByEmail } from './person.store.ts';

/** Names the person with this address, if there is one and nobody was named before. @param email in its normal form */
export const namePlatformAdmin = (db: Database, email: string): Promise<void> => transact(db, { companyId: null, actorId: null }, async (tx) => {
  const found = await findByEmail(tx, email);
  if (!found || (await anyPlatformAdmin(tx))) return;
  await enter(tx, found);
  await makePlatformAdmin(tx, tellAs((fact, state, about) => tx.tell(fact, state, about), found), found);
});
