/** Brings identity's database up to date and ends. Several at once wait for each other. */
import { migrate } from '@regie/store';
import { migrations } from './database.ts';

const url = process.env['DATABASE_OWNER_URL'];
if (!url) {
  process.stderr.write('DATABASE_OWNER_URL is missing: the address of the database for its owner.\n');
  process.exit(1);
}
const ran = await migrate(url, migrations);
process.stdout.write(`identity: ${ran.length === 0 ? 'up to date' : ran.join(', ')}\n`);
