/** Every fact becomes an entry: inserted first, closed into a block, then acknowledged. */
import type { Heard } from '@regie/bus';
import { openOrigin, type App } from '@regie/runtime';
import { lineOf, type Chain } from '../chain/chain.store.ts';
import type { Mongo } from '../database.ts';
import { insertEntries, sealEntries } from './entry.store.ts';
import { entryOf } from './entry.ts';

export interface Recording { readonly app: App; readonly mongo: Mongo; readonly chain: Chain }

/** Facts in one insert and one block: as many as fit well. */
const blockSize = 500;

/**
 * Keeps a batch; of a large one, each part is sealed and sent while the one before is written. When it returns, each fact is an entry in a
 * block; when it throws, all of it can be repeated.
 * Dying between the two leaves entries in no block: the same facts come again and find them.
 */
export async function recordFacts(recording: Recording, facts: readonly Heard[], now: Date): Promise<void> {
  const writing: Promise<void>[] = [];
  for (let from = 0; from < facts.length; from += blockSize) {
    writing.push(recordBlock(recording, facts.slice(from, from + blockSize), now));
    // What was sealed leaves before the next is.
    await new Promise(setImmediate);
  }
  // All of them, whatever becomes of one: the batch is repeated after them, not beside them.
  const failed = (await Promise.allSettled(writing)).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

async function recordBlock({ app, mongo, chain }: Recording, facts: readonly Heard[], now: Date): Promise<void> {
  const unopened = new Set<string>();
  const entries = facts.map((fact) => {
    const origin = fact.origin === undefined || app.env.ORIGIN_KEY === undefined ? undefined : openOrigin(app.env.ORIGIN_KEY, fact.origin);
    if (fact.origin !== undefined && origin === undefined) unopened.add(fact.id);
    return entryOf(fact, origin);
  });
  const { fresh, again, conflicting } = await insertEntries(mongo, await sealEntries(mongo, entries, ({ id }) => !unopened.has(id), now));
  app.metrics.count('regie_audit_entries_total', {}, fresh.length);
  app.metrics.count('regie_audit_again_total', {}, again.length);
  for (const { _id, action, companyId } of conflicting) {
    app.metrics.count('regie_audit_conflicts_total');
    app.log.error({ factId: _id, action, companyId }, 'a fact came under the id of another one: the first is kept, this one is in conflicts');
  }
  await chain.close([...fresh, ...again].map(lineOf), { fresh: again.length === 0 });
}
