/** One-shot: verifies the whole chain with everybody's entries and prints the verdict as JSON. `npx regie audit verify` runs it. */
import { parseArgs } from 'node:util';
import { verifyChain } from './chain/verification.store.ts';
import { openMongo } from './database.ts';

const { values: { checkpoint } } = parseArgs({ options: { checkpoint: { type: 'string' } } });
const [, n, root] = /^(\d{1,12}):([0-9a-f]{64})$/.exec(checkpoint ?? '') ?? [];
const url = process.env['MONGODB_URL'];
if (url === undefined) throw new Error('MONGODB_URL is missing.');
if (checkpoint !== undefined && root === undefined) throw new Error('A checkpoint is <block>:<64 hexadecimal digits>, as verify prints it.');
const mongo = openMongo(url);
try {
  const verdict = await verifyChain(mongo, { earlier: root === undefined ? undefined : { n: Number(n), root } });
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
  process.exitCode = verdict.ok ? 0 : 1;
} finally {
  await mongo.client.close();
}
