/** What a finished start says: addresses, servers, log-ins, services. */
import type { Regie } from './regie.ts';
import { table } from './table.ts';
import type { DemoAccounts } from './demo/seed.ts';

const paths = [
  ['API', '/api'],
  ['Documentation', '/docs'],
  ['OpenAPI', '/openapi.json'],
  ['AsyncAPI', '/asyncapi.json'],
] as const;

/** @param took milliseconds since the start began */
export function summary({ gateway, services, servers }: Pick<Regie, 'gateway' | 'services' | 'servers'>, demo: DemoAccounts | null, took: number): string {
  const address = gateway.replace('127.0.0.1', 'localhost');
  const ticks = Object.values(services).map(({ name, pid, health }) => `✓ ${name.padEnd(10)} process ${String(pid).padEnd(7)} ${health}/health/ready`);
  const logIns = demo === null ? [] : demo.accounts.map(({ role, email, password }) => `${role.padEnd(12)} ${email.padEnd(36)} ${password}`);
  return table(`Régie is ready, after ${(took / 1000).toFixed(1)} s.   Ctrl-C stops everything; data kept in .stack/`, [
    paths.map(([label, path]) => ({ label, lines: [`${address}${path}`] })),
    Object.values(servers).map(({ name, from }) => ({ label: name, lines: [from] })),
    [{ label: 'Log-ins', lines: logIns.length === 0 ? [] : [demo?.company ?? '', ...logIns] }],
    [{ label: 'Services', lines: ticks }],
  ]);
}
