/** `npm run docs` writes docs/openapi.json and docs/asyncapi.json from the contracts; `--check` only says whether they are up to date. */
import '../bin/node-24.js';
import { asyncapi, openapi } from '@regie/contracts';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './base/paths.ts';

const folder = path.join(root, 'docs');
const documents = { 'openapi.json': openapi(), 'asyncapi.json': asyncapi() };
const check = process.argv.includes('--check');
const stale: string[] = [];

await mkdir(folder, { recursive: true });
for (const [name, document] of Object.entries(documents)) {
  const file = path.join(folder, name);
  const text = `${JSON.stringify(document, null, 2)}\n`;
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before === text) continue;
  stale.push(`docs/${name}`);
  if (!check) await writeFile(file, text);
}

if (stale.length === 0) process.stdout.write('The documents are up to date.\n');
else if (check) {
  process.stderr.write(`Not what the contracts say any more: ${stale.join(', ')}. Run "npm run docs" and commit them.\n`);
  process.exitCode = 1;
} else process.stdout.write(`Written: ${stale.join(', ')}.\n`);
