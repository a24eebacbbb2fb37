import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isRefusal } from '@regie/contracts';
import { freshDatabase, type FreshDatabase } from '@regie/testing';
import { closeDatabase, infrastructureSql, listRows, openDatabase, tenantSql, transact, uuid7, type Database, type Sort } from '../src/index.ts';

const companyId = uuid7();
let db: FreshDatabase, store: Database;
beforeAll(async () => {
  const sql = `${infrastructureSql('events')}create table thing (
    id uuid primary key, company_id uuid not null, at timestamptz not null, n int not null);${tenantSql('events', 'thing')}`;
  db = await freshDatabase('events', [{ at: 1764000000000, name: 'start', sql }]);
  store = await openDatabase('events', db.url, [], { poolSize: 1 });
  await db.query(`insert into thing select gen_random_uuid(), $1, timestamptz '2026-03-29 00:59:59.999999+00' + n * interval '1 second', -n
    from generate_series(1, 5) n`, [companyId]);
});
afterAll(async () => { await closeDatabase(store); await db.drop(); });

const page = (sort: Sort, cursor?: string) => transact(store, { companyId, actorId: null }, (tx) =>
  listRows<{ id: string; n: number }>(tx, { columns: 'id, n', from: 'thing', where: [['company_id = ?', companyId]], sort, limit: 2, cursor }));
const sorts: Sort[] = [
  { column: 'at', type: 'timestamptz' }, { column: 'at', type: 'timestamptz', descending: true },
  { column: 'n', type: 'int' }, { column: 'n', type: 'bigint' },
];

test('pages follow each other through to the end, whatever they are sorted by', async () => {
  for (const sort of sorts) {
    const seen: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const got = await page(sort, cursor);
      if (isRefusal(got)) throw new Error(got.code);
      seen.push(...got.rows.map(({ n }) => n));
      cursor = got.nextCursor;
    }
    expect(seen.toSorted((a, b) => b - a)).toEqual([-1, -2, -3, -4, -5]);
  }
});

test('a cursor somebody made up is refused, and never an error of the database', async () => {
  const id = uuid7();
  const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  for (const value of [
    '2026-13-45 25:61:61+00', '2026-02-30 10:00:00+00', '2026-01-01 24:30:00+00',
    '2026-01-01 10:00:00+99:99', '0000-01-01 00:00:00+00', 'infinity', '1', '', '\0',
  ]) {
    expect(await page(sorts[0]!, forged('at', 0, value, id))).toMatchObject({ code: 'request.cursor-invalid' });
  }
  for (const value of ['2147483648', '-999999999999', '1e3', '1.5', '']) expect(await page(sorts[2]!, forged('n', 0, value, id))).toMatchObject({ code: 'request.cursor-invalid' });
  for (const parts of [['n', 0, '1', 'x'], ['at', 0, '1', id], ['n', 1, '1', id], ['n', 0, 1, id], [], [null]])
    expect(await page(sorts[2]!, forged(...parts))).toMatchObject({ code: 'request.cursor-invalid' });
});
