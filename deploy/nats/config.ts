/**
 * Prints the configuration of a NATS server for Régie, or writes it to a file: users, and what each may say and hear, come from libs/contracts.
 * `node deploy/nats/config.ts [file]`; reads NATS_PASSWORD_<USER> of every user, and optionally NATS_HOST, NATS_PORT, NATS_STORE_DIR,
 * NATS_MONITOR_PORT and NATS_SYNC (`always` survives a power cut).
 */
import { natsConfig, natsUsers, type NatsUser } from '@regie/bus';
import { writeFile } from 'node:fs/promises';

const env = process.env;
const missing = natsUsers.map(variableOf).filter((name) => !env[name]);
if (missing.length > 0) {
  process.stderr.write(`This environment will not do: ${missing.join(', ')} missing.\n`);
  process.exit(1);
}

const sync = env['NATS_SYNC'];
const text = natsConfig({
  host: env['NATS_HOST'] ?? '0.0.0.0',
  port: Number(env['NATS_PORT'] ?? 4222),
  storeDir: env['NATS_STORE_DIR'] ?? '/data',
  monitorPort: Number(env['NATS_MONITOR_PORT'] ?? 8222),
  passwords: Object.fromEntries(natsUsers.map((user) => [user, env[variableOf(user)]!])) as Record<NatsUser, string>,
  ...(sync ? { sync } : {}),
});

const file = process.argv[2];
// It holds the passwords: nobody else may read it.
if (file === undefined) process.stdout.write(text);
else await writeFile(file, text, { mode: 0o600 });

function variableOf(user: NatsUser): string {
  return `NATS_PASSWORD_${user.toUpperCase()}`;
}
