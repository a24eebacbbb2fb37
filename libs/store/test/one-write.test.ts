import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '@regie/testing';
import { Socket } from 'node:net';
import { closeDatabase, infrastructureSql, openDatabase, transact, uuid7, type Database } from '../src/index.ts';

let db: FreshDatabase, store: Database;
beforeAll(async () => {
  db = await freshDatabase('events', [{ at: 1764000000000, name: 'start', sql: infrastructureSql('events') }]);
  store = await openDatabase('events', db.url, [], { poolSize: 1 });
});
afterAll(async () => { await closeDatabase(store); await db.drop(); });

/** How often something is written to a socket while this is done. */
async function writes(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const socket = Socket.prototype as unknown as Record<'_write' | '_writev', (...given: unknown[]) => unknown>;
  const { _write, _writev } = socket;
  socket._write = function (...given) { count++; return _write.apply(this, given); };
  socket._writev = function (...given) { count++; return _writev.apply(this, given); };
  try { await work(); } finally { Object.assign(socket, { _write, _writev }); }
  return count;
}
const inTransaction = <T>(body: Parameters<typeof transact<T>>[2]) => transact(store, { companyId: uuid7(), actorId: null }, body);

test('statements that do not wait for each other leave in one write and are answered each', async () => {
  const numbers = Array.from({ length: 12 }, (_, index) => index);
  const written = await inTransaction(async (tx) => {
    const one = (value: number) => tx.query<{ value: number }>({ name: 'one', text: 'select $1::int as value' }, [value]);
    await one(0);
    let answers: { value: number }[][] = [];
    const together = await writes(async () => { answers = await Promise.all(numbers.map(one)); });
    expect(answers.map(([row]) => row!.value)).toEqual(numbers);
    return [together, await writes(async () => { for (const value of numbers) await one(value); })];
  });
  expect(written).toEqual([1, 12]);
});

test('of statements that left together the first that fails is the one that is told, and nothing of it stays', async () => {
  const id = uuid7();
  const note = (key: string) => ({ name: `note-${key}`, text: `insert into inbox (consumer, message_id) values ('${key}', $1)` });
  await expect(inTransaction((tx) => Promise.all([tx.query(note('a'), [id]), tx.query('select 1 / $1::int', [0]), tx.query(note('b'), [id])]))).rejects.toThrow('division by zero');
  expect(await db.query('select 1 from inbox')).toEqual([]);
  await inTransaction((tx) => tx.query(note('a'), [id]));
  expect(await db.query('select consumer from inbox')).toEqual([{ consumer: 'a' }]);
});

test('what is told fails with the commit it leaves with: neither is done', async () => {
  const [aggregate, id] = [uuid7(), uuid7()];
  const tell = () => inTransaction(async (tx) => {
    await tx.query(`insert into inbox (consumer, message_id) values ('told', $1)`, [uuid7()]);
    tx.order({ name: 'inventory.settle', service: 'inventory', version: 1 } as never, {} as never, { id, subject: aggregate });
  });
  await tell();
  await expect(tell()).rejects.toThrow('duplicate key');
  expect(await db.query(`select 1 from inbox where consumer = 'told'`)).toHaveLength(1);
  expect(await db.query('select 1 from outbox')).toHaveLength(1);
});
