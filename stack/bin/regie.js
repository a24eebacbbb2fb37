#!/usr/bin/env node
// `npx regie …`. Plain JavaScript: an older Node hands over to the Node 24 that `npm ci` brought, before any TypeScript is read.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const [major] = process.versions.node.split('.').map(Number);
const own = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../node_modules/node/bin/node');

if (major >= 24) {
  await import('../src/cli/main.ts');
} else if (existsSync(own)) {
  const { status } = spawnSync(own, [path.resolve(own, '../../../../stack/bin/regie.js'), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(status ?? 1);
} else {
  process.stderr.write(`Régie runs on Node 24 and this is ${process.version}; run \`npm ci\` once, which brings it.\n`);
  process.exit(1);
}
