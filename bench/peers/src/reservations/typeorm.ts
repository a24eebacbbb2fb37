/** Reservations with TypeORM, called in-process. argv: databaseUrl, companyId, width, seconds, file with equipment ids */
import { openStore, reserve } from './store.js';
import { idsIn, requests, run } from './work.js';

const [url, companyId, width, seconds, file] = process.argv.slice(2) as [string, string, string, string, string];

async function main(): Promise<void> {
  const database = await openStore(url);
  const next = requests(idsIn(file));
  await run(Number(width), Number(seconds), () => reserve(database, companyId, next()));
  await database.destroy();
}
void main();
