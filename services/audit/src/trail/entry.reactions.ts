/** Every fact becomes an entry: sealed, kept in a block, then acknowledged. */
import type { Heard } from '@regie/bus';
import { openOrigin, type App } from '@regie/runtime';
import type { Chain } from '../chain/chain.store.ts';
import type { Mongo } from '../database.ts';
import { keepConflict } from './conflict.store.ts';
import { entryOf } from './entry.ts';
import { isSame, sealEntries } from './sealing.store.ts';

export interface Recording { readonly app: App; readonly mongo: Mongo; readonly chain: Chain }

/** Facts in one insert: as many as fit well. */
const partSize = 500;

/**
 * Keeps a batch; of a large one, each part is sealed while the one before is written. When it returns, each fact is in exactly one block; when it
 * throws, or the process dies, all of it can be repeated: the same facts come again and are found.
 */
export async function recordFacts(recording: Recording, facts: readonly Heard[], now: Date): Promise<void> {
  const writing: Promise<void>[] = [];
  for (let from = 0; from < facts.length; from += partSize) {
    const part = recordPart(recording, facts.slice(from, from + partSize), now);
    // What fails before the last has begun is looked at below.
    part.catch(() => undefined);
    writing.push(part);
    // What was sealed leaves before the next is.
    await new Promise(setImmediate);
  }
  // All of them, whatever becomes of one: the batch is repeated after them, not beside them.
  const failed = (await Promise.allSettled(writing)).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

async function recordPart({ app, mongo, chain }: Recording, facts: readonly Heard[], now: Date): Promise<void> {
  const unopened = new Set<string>();
  const entries = facts.map((fact) => {
    const origin = fact.origin === undefined || app.env.ORIGIN_KEY === undefined ? undefined : openOrigin(app.env.ORIGIN_KEY, fact.origin);
    if (fact.origin !== undefined && origin === undefined) unopened.add(fact.id);
    return entryOf(fact, origin);
  });
  const { fresh, known } = await chain.append(await sealEntries(mongo, entries, ({ id }) => !unopened.has(id), now));
  const conflicting = known.filter(([told, kept]) => !isSame(told, kept)).map(([told]) => told);
  for (const { id, companyId, entry, ...told } of conflicting) {
    app.metrics.count('regie_audit_conflicts_total');
    app.log.error({ factId: id, action: entry.action, companyId }, 'a fact came under the id of another one: the first is kept, this one is in conflicts');
    await keepConflict(mongo, { id, companyId, action: entry.action, ...told }, now);
  }
  app.metrics.count('regie_audit_entries_total', {}, fresh.length);
  app.metrics.count('regie_audit_again_total', {}, known.length - conflicting.length);
}
