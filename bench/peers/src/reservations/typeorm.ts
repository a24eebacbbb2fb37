/** Reservations with TypeORM, called in-process. argv: databaseUrl, companyId, width, seconds, equipment ids (comma) */
import { openStore, reserve } from './store.js';
import { requests, run } from './work.js';

const [url, companyId, width, seconds, ids] = process.argv.slice(2) as [string, string, string, string, string];

async function main(): Promise<void> {
  const database = await openStore(url);
  const next = requests(ids.split(','));
  await run(Number(width), Number(seconds), () => reserve(database, companyId, next()));
  await database.destroy();
}
void main();
