import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atOnce, freshDatabase, twice, type FreshDatabase } from '@regie/testing';
import { closeDatabase, firstTime, infrastructureSql, mirror, openDatabase, quarantine, tenantSql, transact, uuid7, type Database } from '../src/index.ts';
import { letsOlderWin } from './controls/lets-older-win.ts';
import { mirrorSql, newestStands } from './mirroring.ts';

let db: FreshDatabase, store: Database;
const company = uuid7();
beforeAll(async () => {
  db = await freshDatabase('events', [{ at: 1764000000000, name: 'start', sql: `${infrastructureSql('events')}${mirrorSql}${tenantSql('events', 'place')}` }]);
  store = await openDatabase('events', db.url, []);
});
afterAll(async () => { await closeDatabase(store); await db.drop(); });

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Repeatable chance: the seed is in the failing test's name. */
const chance = (state = seed) => () => { state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff; return state / 0x7fffffff; };

describe('the inbox', () => {
  const effect = (ids: readonly string[]) => transact(store, { companyId: company, actorId: null }, async (tx) => {
    const fresh = await firstTime(tx, 'places', ids);
    for (const id of fresh) await tx.query('insert into place (id, company_id, sequence, name) values ($1, $2, 1, $3)', [uuid7(), company, id]);
    return fresh.size;
  });
  const effects = async (ids: readonly string[]) => (await db.query('select 1 from place where name = any($1)', [ids])).length;

  test('lets a message have its effect once, heard twice, and at once by many', async () => {
    const ids = Array.from({ length: 20 }, () => uuid7());
    expect(await twice(() => effect(ids))).toEqual([20, 0]);
    const more = Array.from({ length: 20 }, () => uuid7());
    expect((await atOnce(8, () => effect(more))).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 0, 0, 20]);
    expect(await effects([...ids, ...more])).toBe(40);
  });

  test('forgets a message whose effect was rolled back', async () => {
    const id = uuid7();
    await expect(transact(store, { companyId: company, actorId: null }, async (tx) => {
      await firstTime(tx, 'places', [id]);
      throw new Error('half way');
    })).rejects.toThrow('half way');
    expect(await effect([id])).toBe(1);
  });

  test('keeps consumers apart', async () => {
    const id = uuid7();
    await effect([id]);
    await transact(store, { companyId: company, actorId: null }, async (tx) => { expect((await firstTime(tx, 'others', [id])).size).toBe(1); });
  });
});

describe('a mirror', () => {
  test(`has the newest version, in whatever order and however often facts come (seed ${seed})`, () => newestStands(mirror, store, chance()));
  test('that lets an older version win fails the same', () => expect(newestStands(letsOlderWin, store, chance())).rejects.toThrow('rows are not at version 8'));

  test('never moves a row to another company', async () => {
    const [mine, theirs, id] = [uuid7(), uuid7(), uuid7()];
    await db.query('insert into place (id, company_id, sequence, name) values ($1, $2, 1, $3)', [id, mine, 'mine']);
    await db.query(
      'insert into place (id, company_id, sequence, name) values ($1, $2, 9, $3) on conflict (id) do update set sequence = excluded.sequence where place.company_id = excluded.company_id',
      [id, theirs, 'theirs']);
    expect(await db.query('select company_id, sequence from place where id = $1', [id])).toEqual([{ company_id: mine, sequence: 1 }]);
  });
});

test('what cannot be read is kept once, with its bytes', async () => {
  const unreadable = { stream: 'FACTS', consumer: 'events-decisions', streamSequence: 7, wireSubject: 'evt.x', bytes: Buffer.from([0, 255, 1]), reason: 'not JSON' };
  await twice(() => quarantine(store, unreadable));
  expect(await db.query('select stream, consumer, subject, bytes, reason, replayed_at from quarantine')).toEqual(
    [{ stream: 'FACTS', consumer: 'events-decisions', subject: 'evt.x', bytes: Buffer.from([0, 255, 1]), reason: 'not JSON', replayed_at: null }]);
});
