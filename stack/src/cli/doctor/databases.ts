/** PostgreSQL: its version; each service's migrations, fences between companies, outbox and quarantine. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../base/paths.ts';
import { messageOf } from '../../base/problem.ts';
import { withDatabaseOf, type Query } from '../connections.ts';
import { pendingOf } from '../outbox.ts';
import type { Surroundings } from '../surroundings.ts';
import { waited } from '../table.ts';
import { bad, judge, unnamed, type Finding } from './finding.ts';

const neededVersion = 18;
/** A relay that works is never that far behind. */
const tooOld = 60;

export async function databaseFindings(around: Surroundings): Promise<Finding[]> {
  const [first] = around.withDatabase;
  if (first === undefined) return [];
  if (around.database(first) === undefined) return [unnamed('PostgreSQL', 'POSTGRES_URL')];
  const findings: Finding[] = [];
  try {
    findings.push(await withDatabaseOf(around, first, async (query) => {
      const [row] = await query<{ version: string; number: string }>(`select split_part(version(), ' ', 2) as version, current_setting('server_version_num') as number`);
      return judge(
        Number(row!.number) >= neededVersion * 10_000, { en: `PostgreSQL ${row!.version} answers`, fr: `PostgreSQL ${row!.version} répond` },
        { en: `PostgreSQL ${row!.version} is too old`, fr: `PostgreSQL ${row!.version} est trop ancien` },
        { en: `move to PostgreSQL ${neededVersion}`, fr: `passer à PostgreSQL ${neededVersion}` });
    }));
  } catch (error) {
    return [bad({ en: `PostgreSQL does not answer: ${messageOf(error)}`, fr: `PostgreSQL ne répond pas : ${messageOf(error)}` },
      { en: 'start it, or correct POSTGRES_URL or DATABASE_URL_<SERVICE>', fr: 'le démarrer, ou corriger POSTGRES_URL ou DATABASE_URL_<SERVICE>' })];
  }
  for (const service of around.withDatabase) {
    try {
      findings.push(...await withDatabaseOf(around, service, (query) => schemaFindings(service, query)), await outboxFinding(around, service));
    } catch (error) {
      findings.push(bad({ en: `${service}’s database: ${messageOf(error)}`, fr: `base de ${service} : ${messageOf(error)}` }, {
        en: `migrate it: node services/${service}/src/migrate.ts with DATABASE_OWNER_URL (\`npm start\` does)`,
        fr: `la migrer : node services/${service}/src/migrate.ts avec DATABASE_OWNER_URL (\`npm start\` le fait)`,
      }));
    }
  }
  return findings;
}

/** `1764000000000-start.ts` is recorded as `start1764000000000`. */
const migrationsOf = (service: string): string[] =>
  readdirSync(path.join(root, 'services', service, 'src', 'migrations'))
    .flatMap((file) => { const match = /^(\d+)-(.+)\.ts$/.exec(file); return match && !file.endsWith('.test.ts') ? [`${match[2]}${match[1]}`] : []; });

async function schemaFindings(service: string, query: Query): Promise<Finding[]> {
  const done = new Set((await query<{ name: string }>('select name from migration')).map(({ name }) => name));
  const missing = migrationsOf(service).filter((name) => !done.has(name));
  const open = await query<{ name: string }>(`
    select relname as name from pg_class c where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relrowsecurity and relname not in ('idempotency', 'due')
      and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'company_id' and not a.attisdropped)`);
  const [role] = await query<{ mighty: boolean }>('select rolsuper or rolbypassrls as mighty from pg_roles where rolname = $1', [service]);
  const [waiting] = await query<{ count: string }>('select count(*) as count from quarantine where replayed_at is null');
  const names = (list: readonly string[]) => list.join(', ');
  return [
    judge(
      missing.length === 0,
      { en: `${service}: ${done.size} migration(s) done`, fr: `${service} : ${done.size} migration(s) faite(s)` },
      { en: `${service}: not migrated: ${names(missing)}`, fr: `${service} : à migrer : ${names(missing)}` },
      {
        en: `node services/${service}/src/migrate.ts with DATABASE_OWNER_URL (\`npm start\` does)`,
        fr: `node services/${service}/src/migrate.ts avec DATABASE_OWNER_URL (\`npm start\` le fait)`,
      }),
    judge(
      open.length === 0 && role?.mighty === false,
      { en: `${service}: companies are fenced from each other`, fr: `${service} : les entreprises sont séparées` },
      role === undefined ? { en: `${service}: there is no role ${service}`, fr: `${service} : le rôle ${service} n’existe pas` }
        : role.mighty ? { en: `${service}: its role may step over the fences`, fr: `${service} : son rôle peut franchir les séparations` }
        : {
          en: `${service}: no row-level security on ${names(open.map(({ name }) => name))}`,
          fr: `${service} : pas de sécurité par ligne sur ${names(open.map(({ name }) => name))}`,
        },
      { en: 'stop the service; see docs/architecture.md, “Data”', fr: 'arrêter le service ; voir docs/architecture.md, « Data »' }),
    judge(
      waiting?.count === '0' || Number(waiting?.count) === 0,
      { en: `${service}: nothing in quarantine`, fr: `${service} : rien en quarantaine` },
      { en: `${service}: ${waiting?.count} message(s) in quarantine`, fr: `${service} : ${waiting?.count} message(s) en quarantaine` },
      { en: '`npx regie quarantine list`', fr: '`npx regie quarantine list`' }),
  ];
}

async function outboxFinding(around: Surroundings, service: string): Promise<Finding> {
  const { pending, oldestSeconds } = await pendingOf(around, service);
  return judge(
    pending === 0 || oldestSeconds < tooOld,
    {
      en: `${service}: outbox ${pending === 0 ? 'empty' : `${pending} pending, ${waited(oldestSeconds)}`}`,
      fr: `${service} : boîte d’envoi ${pending === 0 ? 'vide' : `${pending} en attente, ${waited(oldestSeconds)}`}`,
    },
    {
      en: `${service}: ${pending} messages not published, the oldest for ${waited(oldestSeconds)}`,
      fr: `${service} : ${pending} messages non publiés, le plus ancien depuis ${waited(oldestSeconds)}`,
    },
    {
      en: `is ${service} running, and does NATS answer? Its log says why its relay cannot publish`,
      fr: `${service} tourne-t-il, et NATS répond-il ? Son journal dit pourquoi son relais ne publie pas`,
    });
}
