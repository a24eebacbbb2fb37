/** The contests over stock can be lost: without its locks the service loses them. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { App } from '@regie/runtime';
import { type Tx } from '@regie/store';
import { parts } from '../../src/inventory.ts';
import { fiveImports, ordersMeetTotals, tenWithOneVersion } from '../contests.ts';
import { openStage, type Parts, type Stage } from '../stage.ts';

let stage: Stage;
let app: App | undefined;
beforeAll(async () => { stage = await openStage(); });
afterEach(async () => { if (app) await stage.stop([app]); app = undefined; });
afterAll(() => stage.drop());

/** The operations, with one statement of their transaction replaced. */
const without = (statement: string, instead: (text: string) => string): Partial<Parts> => {
  const tampered = (tx: Tx): Tx => ({
    ...tx,
    query: (asked, values) => tx.query(typeof asked !== 'string' && asked.name === statement ? instead(asked.text) : asked, values),
  });
  const operations = Object.fromEntries(Object.entries(parts.operations).map(([key, handler]) =>
    [key, (input: never, context: { tx: Tx }) => (handler as unknown as (input: never, context: { tx: Tx }) => unknown)(input, { ...context, tx: tampered(context.tx) })]));
  return { operations: operations as never };
};
const unlockedRow = without('equipment-lock', (text) => text.replace('for no key update', ''));
const unlockedPartition = without('partition-lock', () => 'select id as company_id, 1 as version from unnest($1::uuid[]) id');

/** Luck may save one contest; it does not save many. */
async function lost(contest: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 10; attempt++) if (await contest()) return true;
  return false;
}

test('without the lock of its row, more than one of ten changes of one version are begun', async () => {
  app = await stage.start(unlockedRow);
  expect(await lost(async () => (await tenWithOneVersion(stage)).join() !== [200, ...Array.from({ length: 9 }, () => 412)].join())).toBe(true);
});

test('without the lock of the partition, a list that is imported five times at once comes in more than once', async () => {
  app = await stage.start(unlockedPartition);
  expect(await lost(async () => (await fiveImports(stage)) !== 50)).toBe(true);
});

test('without the lock of the partition, a total falls below what is promised meanwhile', async () => {
  app = await stage.start(unlockedPartition);
  expect(await lost(async () => (await ordersMeetTotals(stage)) > 0)).toBe(true);
});
