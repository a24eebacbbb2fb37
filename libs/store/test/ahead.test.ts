/** Statements nobody waits for: in the trip of the begin, and in that of the commit. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '@regie/testing';
import {
  closeDatabase, infrastructureSql, openDatabase, recordTableSql, tenantSql, transactMany, transactManyAhead, uuid7, type Beginning, type Database, type Tx,
} from '../src/index.ts';

let fresh: FreshDatabase, db: Database;
beforeAll(async () => {
  fresh = await freshDatabase('events', [{ at: 1764000000000, name: 'start', sql: infrastructureSql('events') + recordTableSql('customer') + tenantSql('events', 'customer') }]);
  db = await openDatabase('events', fresh.url, []);
});
afterAll(async () => { await closeDatabase(db); await fresh.drop(); });

const add = (tx: Beginning, companyId: string, id: string, name: string) =>
  tx.query(`insert into customer (id, company_id, version, name, data) values ($1, $2, 1, $3, '{}')`, [id, companyId, name]);
const namesOf = async (tx: Beginning, companyId: string) =>
  (await tx.query<{ name: string }>('select name from customer where company_id = $1 order by name', [companyId])).map(({ name }) => name);
const kept = (companyId: string) => transactMany(db, [companyId], { actorId: null }, (tx) => namesOf(tx, companyId));
const failing = (work: Promise<unknown>) => work.then(() => undefined, (error: unknown) => (error as { code?: string }).code ?? String(error));

test('what is asked with the begin sees and writes what the transaction may, and is given to its body', async () => {
  const [ours, theirs] = [uuid7(), uuid7()];
  await transactMany(db, [theirs], { actorId: null }, (tx) => add(tx, theirs, uuid7(), 'theirs'));
  const found = await transactManyAhead(db, [ours], { actorId: null }, async (tx) => {
    const [, names, foreign] = await Promise.all([add(tx, ours, uuid7(), 'a'), namesOf(tx, ours), namesOf(tx, theirs)]);
    return { names, foreign };
  }, async (tx, { names, foreign }) => {
    await add(tx, ours, uuid7(), 'b');
    return { names, foreign, at: tx.now };
  });
  expect(found).toEqual({ names: ['a'], foreign: [], at: expect.any(Date) });
  expect(await kept(ours)).toEqual(['a', 'b']);
});

test('what fails with the begin is what the transaction fails with, and its body is not run', async () => {
  const company = uuid7();
  let ran = false;
  const work = transactManyAhead(db, [company], { actorId: null },
    (tx) => Promise.all([add(tx, company, uuid7(), 'a'), add(tx, uuid7(), uuid7(), 'foreign'), namesOf(tx, company)]),
    () => { ran = true; return Promise.resolve(); });
  expect(await failing(work)).toBe('42501');
  expect([ran, await kept(company)]).toEqual([false, []]);
});

const twice = (tx: Tx, company: string): void => {
  const id = uuid7();
  void add(tx, company, id, 'once');
  void add(tx, company, id, 'twice');
};

test('a statement nobody waited for commits nothing when it fails, and is what the transaction fails with', async () => {
  const company = uuid7();
  expect(await failing(transactMany(db, [company], { actorId: null }, (tx) => { twice(tx, company); return Promise.resolve(); }))).toBe('23505');
  // Also where one behind it was waited for, which failed only for that.
  expect(await failing(transactMany(db, [company], { actorId: null }, (tx) => { twice(tx, company); return namesOf(tx, company); }))).toBe('23505');
  // What the body throws for itself stays what it throws.
  expect(await failing(transactMany(db, [company], { actorId: null }, (tx) => { twice(tx, company); return Promise.reject(new Error('own')); }))).toBe('Error: own');
  expect(await kept(company)).toEqual([]);
});

test('the connection is as good as before after each of them', async () => {
  const company = uuid7();
  await transactMany(db, [company], { actorId: null }, (tx) => { void add(tx, company, uuid7(), 'a'); void add(tx, company, uuid7(), 'b'); return Promise.resolve(); });
  expect(await kept(company)).toEqual(['a', 'b']);
});
