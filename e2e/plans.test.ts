/** No list reads a table that grows from one end to the other, whatever it is asked for. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { isList, type Operation } from '@regie/contracts';
import { closeDatabase, openDatabase, transact, type Database } from '@regie/store';
import { anAdmin, freshDatabase, type FreshDatabase } from '@regie/testing';
import { migrations as eventsMigrations } from '../services/events/src/database.ts';
import { parts as events } from '../services/events/src/events.ts';
import { migrations as identityMigrations } from '../services/identity/src/database.ts';
import { parts as identity } from '../services/identity/src/identity.ts';
import { migrations as inventoryMigrations } from '../services/inventory/src/database.ts';
import { parts as inventory } from '../services/inventory/src/inventory.ts';
import { askedBy, growing, readWhole } from './plans/plans.ts';
import { questionsOf, type Input } from './plans/questions.ts';
import { fill, many, type Known } from './plans/rows.ts';

jest.setTimeout(180_000);

type Handler = (input: unknown, context: unknown) => Promise<{ nextCursor?: string | null }>;
const services = {
  inventory: { parts: inventory, migrations: inventoryMigrations },
  events: { parts: events, migrations: eventsMigrations },
  // Lists need none of what signs and hashes.
  identity: { parts: identity({} as never), migrations: identityMigrations },
} as const;

describe.each(Object.keys(services) as (keyof typeof services)[])(`with ${many.toLocaleString('en')} rows in each table of %s`, (service) => {
  const { parts, migrations } = services[service];
  const lists = Object.entries(parts.contract.operations as Readonly<Record<string, Operation>>).filter(([, operation]) => isList(operation) || operation.produces === 'text/csv');
  let fresh: FreshDatabase;
  let db: Database;
  let known: Known;
  let large: ReadonlySet<string>;
  beforeAll(async () => {
    fresh = await freshDatabase(service, migrations);
    known = await fill(service, fresh);
    large = await growing(fresh);
    db = await openDatabase(service, fresh.url, []);
  });
  afterAll(async () => { await closeDatabase(db); await fresh.drop(); });

  test('the tables that lists read are large', () => { expect(large.size).toBeGreaterThan(3); });

  test.each(lists)('%s finds its page by an index', async (key) => {
    const caller = anAdmin({ id: known.personId, companyId: known.companyId });
    const work = { companyId: known.companyId, actorId: known.personId };
    const handler = (parts.operations as unknown as Readonly<Record<string, Handler>>)[key]!;
    const run = (input: Input) => transact(db, work, (tx) => handler(input, { tx, caller, now: tx.now, expectedVersion: undefined, tell: tx.tell }));
    const wrong: string[] = [];
    for (const first of questionsOf((parts.contract.operations as Readonly<Record<string, Operation>>)[key]!, known)) {
      let next: string | null | undefined;
      const statements = [...(await askedBy(async () => { ({ nextCursor: next } = await run(first)); }))];
      if (next) statements.push(...(await askedBy(() => run({ ...first, cursor: next }))));
      if (statements.length === 0) wrong.push(`${JSON.stringify(first)} asks the database nothing`);
      for (const statement of statements) {
        const tables = await readWhole(db, work, statement, large);
        if (tables.length > 0) wrong.push(`${JSON.stringify(first)} reads all of ${tables.join(', ')}: ${statement.text.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
