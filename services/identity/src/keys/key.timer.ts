/** Looks after the keys once a minute, and says whether they can be used. */
import { errorFields, type App } from '@regie/runtime';
import { transact, type Database } from '@regie/store';
import { signingKey } from './key.ts';
import type { KeyRing } from './key.crypto.ts';
import { turnKeys } from './key.operations.ts';

/**
 * Turns the keys if it is time.
 * @returns null when the present key can sign, else what is wrong
 * @throws when the database is away, or a key is due and cannot be made
 */
export async function lookAfterKeys(db: Database, ring: KeyRing, wanted = false): Promise<string | null> {
  const { keys, now } = await transact(db, { companyId: null, actorId: null }, async (tx) =>
    ({ keys: await turnKeys(tx, (fact, state, about) => tx.tell(fact, state, about), ring, wanted), now: tx.now }));
  const present = signingKey(keys, now) ?? keys[0];
  if (!present) return 'no signing key';
  try {
    ring.open(present);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Begins at once. The service is ready when there is a key that can sign. @returns what stops it */
export function startKeyTimer(app: App, db: Database, ring: KeyRing, everyMs = 60_000): () => Promise<void> {
  let trouble: string | null = 'signing keys not read yet';
  let turning: Promise<void> = Promise.resolve();
  const turn = (): void => {
    turning = lookAfterKeys(db, ring).then((found) => { trouble = found; }, (error: unknown) => {
      // What worked before goes on working while the database is away; readiness tells of that by itself.
      app.log.warn(errorFields(error), 'keys');
      if (trouble === null) return;
      trouble = (error as Error).message;
      setTimeout(turn, 1_000).unref();
    });
  };
  app.readyChecks.push(() => Promise.resolve(trouble));
  turn();
  const timer = setInterval(turn, everyMs);
  return async () => {
    clearInterval(timer);
    await turning;
  };
}
