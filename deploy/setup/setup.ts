/**
 * Makes what the services need before they start, and can be repeated: databases with their roles, migrations, streams with their consumers.
 * `node deploy/setup/setup.ts [databases] [migrations] [streams]`; without a word all three, in this order.
 */
import { provision } from '@regie/bus';
import { provisionDatabase } from '@regie/store';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The services with a PostgreSQL database. */
const services = ['identity', 'inventory', 'events'] as const;
type Service = (typeof services)[number];

/** Servers that start beside this one may need a while. */
const patienceMs = 120_000;
const root = path.resolve(import.meta.dirname, '../..');

const steps = {
  async databases() {
    const admin = needed('POSTGRES_ADMIN_URL');
    const roles = services.map((service) => [service, { ownerPassword: needed(ownerPasswordOf(service)), password: needed(passwordOf(service)) }] as const);
    for (const [service, passwords] of roles) {
      await patiently(`database ${service}`, () => provisionDatabase(admin, service, passwords));
      say(`database ${service} and its roles`);
    }
  },
  /** Each with nothing but its own owner's rights. */
  async migrations() {
    const urls = services.map((service) => [service, ownerUrlOf(service)] as const);
    for (const [service, url] of urls) await patiently(`migrations of ${service}`, () => migrate(service, url));
  },
  async streams() {
    const url = needed('NATS_PROVISION_URL');
    const replicas = Number(process.env['NATS_REPLICAS'] ?? 1);
    await patiently('streams', () => provision(url, { replicas }));
    say(`streams and consumers, ${replicas} ${replicas === 1 ? 'copy' : 'copies'}`);
  },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((step) => !(step in steps));
if (unknown.length > 0) fail(`There is no ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}.`);
for (const [name, step] of Object.entries(steps)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  await step().catch((error: unknown) => fail(`${name}: ${(error as Error).message}`));
}
say('done');

/** Tries again while a server is not there yet; what it says itself is final. */
async function patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let told = false; ; told = true) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || Date.now() > until) throw error;
      if (!told) say(`${what}: waiting (${(error as Error).message})`);
      await pause(1_000);
    }
  }
}

/** Not reachable, or still starting (57P03), as the drivers say it. */
function isAway(error: unknown): boolean {
  const { code, message = '', cause } = error as { code?: string; message?: string; cause?: unknown };
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNRESET', '57P03'].includes(code ?? '')
    || /connection refused|ECONNREFUSED|ENOTFOUND|CONNECTION_REFUSED|timeout/i.test(message) || (cause !== undefined && isAway(cause));
}

/** Runs the service's own program, as the Jobs of Kubernetes do. */
async function migrate(service: Service, ownerUrl: string): Promise<void> {
  const program = path.join(root, 'services', service, 'src', 'migrate.ts');
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'inherit', 'pipe'], env: { PATH: process.env['PATH'] ?? '', DATABASE_OWNER_URL: ownerUrl } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const code = await new Promise<number>((resolve, reject) => { child.once('error', reject).once('close', (exit) => resolve(exit ?? 1)); });
  if (code !== 0) throw new Error(said.trim().split('\n').slice(-8).join('\n') || `ended with ${code}`);
}

/** `DATABASE_OWNER_URL_<SERVICE>`, else the administrator's server with the owner's name and password. */
function ownerUrlOf(service: Service): string {
  const own = process.env[`DATABASE_OWNER_URL_${service.toUpperCase()}`];
  if (own) return own;
  const url = new URL(needed('POSTGRES_ADMIN_URL'));
  url.username = `${service}_owner`;
  url.password = needed(ownerPasswordOf(service));
  url.pathname = `/${service}`;
  return url.href;
}

function passwordOf(service: Service): string { return `POSTGRES_PASSWORD_${service.toUpperCase()}`; }
function ownerPasswordOf(service: Service): string { return `POSTGRES_PASSWORD_${service.toUpperCase()}_OWNER`; }

function needed(name: string): string {
  const value = process.env[name];
  if (!value) fail(`This environment will not do: ${name} missing.`);
  return value;
}

function say(what: string): void { process.stdout.write(`setup: ${what}\n`); }

function fail(why: string): never {
  process.stderr.write(`setup: ${why}\n`);
  process.exit(1);
}
