/** What is asked before a company is known: under a named role with policies of its own, never by widening those of the service. */
import { checkedName } from './names.ts';
import type { Tx } from './transact.ts';

/**
 * Runs `body` as `<service>_platform`, which may read or do only what a migration granted it by name; then the transaction is the service's own again.
 * @throws what `body` throws; the role then stays until the rollback, so nothing may catch it and go on
 */
export async function asPlatform<T>(tx: Tx, service: string, body: () => Promise<T>): Promise<T> {
  await tx.query(`set local role "${checkedName(service)}_platform"`);
  const result = await body();
  await tx.query('set local role none');
  return result;
}
