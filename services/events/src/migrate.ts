/** Brings the events' database up to date, once; services never migrate themselves. */
import { migrate } from '@regie/store';
import { migrations } from './database.ts';

const ownerUrl = process.env['DATABASE_OWNER_URL'];
if (!ownerUrl) {
  process.stderr.write('DATABASE_OWNER_URL is missing: the URL of the role events_owner.\n');
  process.exit(1);
}
const ran = await migrate(ownerUrl, migrations);
process.stdout.write(ran.length === 0 ? 'events: up to date\n' : `events: ran ${ran.join(', ')}\n`);
