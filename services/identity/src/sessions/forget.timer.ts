/** Forgets what may not be kept: every few seconds, since a sealed successor is kept for ten. */
import { errorFields, type App } from '@regie/runtime';
import { transact, type Database } from '@regie/store';
import { forgetOld } from './refresh.store.ts';

/** @returns what stops it */
export function startForgetting({ log }: App, db: Database, everyMs = 5_000): () => Promise<void> {
  let forgetting: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    forgetting = transact(db, { companyId: null, actorId: null }, forgetOld).catch((error: unknown) => log.warn(errorFields(error), 'forgetting'));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await forgetting;
  };
}
