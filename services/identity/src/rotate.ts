/** Makes the next signing key now, for an operator who does not want to wait for its month. It signs a quarter of an hour later. */
import { readEnvironment, withDatabase } from '@regie/runtime';
import { closeDatabase, openDatabase } from '@regie/store';
import { lookAfterKeys } from './keys/key.timer.ts';
import { openTools } from './settings.ts';

const { DATABASE_URL } = readEnvironment(withDatabase);
const { ring } = await openTools();
const db = await openDatabase('identity', DATABASE_URL, [], { poolSize: 1 });
const trouble = await lookAfterKeys(db, ring, true).catch((error: unknown) => (error as Error).message);
await closeDatabase(db);
process.stdout.write(`${trouble ?? 'The next signing key is published; it signs in a quarter of an hour.'}\n`);
process.exitCode = trouble === null ? 0 : 1;
