/** Binary arrays say to PostgreSQL what its own text would say. */
import { expect, test } from '@jest/globals';
import { bigints, infrastructureSql, instants, ints, jsons, texts, uuid7, uuids } from '@regie/store';
import { freshDatabase } from '@regie/testing';

test('every kind of array arrives as it was, with nulls, with none, and empty', async () => {
  const db = await freshDatabase('inventory', [{ at: 1764000000000, name: 'start', sql: infrastructureSql('inventory') }]);
  try {
    const ids = [uuid7(), null, 'FFFFFFFF-ffff-4fff-bfff-ffffffffffff', '00000000-0000-0000-0000-000000000000'];
    const numbers = [0, -1, 2_147_483_647, null, -2_147_483_648];
    const large = [0, -1, Number.MAX_SAFE_INTEGER, null, Number.MIN_SAFE_INTEGER, 4_294_967_296, -4_294_967_296, -4_294_967_297];
    const times = [0, Date.UTC(2027, 2, 28, 1, 59, 59, 999), null, Date.UTC(1969, 6, 20), Date.UTC(1999, 11, 31, 23, 59, 59, 1), Date.UTC(2000, 0, 1), Date.UTC(2999, 0)];
    const words = ['', 'NULL', null, '"{},\\\\', 'Éclairage à l’été', '🎛️ 音', 'a\nb\tc', 'x'.repeat(70_000)];
    const read = async (sql: string, value: Buffer): Promise<unknown> => (await db.query<{ found: unknown }>(`select ${sql} as found`, [value]))[0]!.found;

    expect(await read('$1::uuid[]::text[]', uuids(ids))).toEqual(ids.map((id) => id?.toLowerCase() ?? null));
    expect(await read('$1::int[]', ints(numbers))).toEqual(numbers);
    expect(await read('$1::bigint[]::text[]', bigints(large))).toEqual(large.map((one) => (one === null ? null : String(one))));
    expect(await read('$1::timestamptz[]', instants(times))).toEqual(times.map((at) => (at === null ? null : new Date(at))));
    expect(await read('$1::text[]', texts(words))).toEqual(words);
    const values = [{}, [], 'Éclairage "à" l’été 🎛️', 1, { a: [{ b: null }] }, null];
    expect(await read('(select json_agg(one order by place) from unnest($1::jsonb[]) with ordinality w (one, place))',
      jsons(values.map((value) => (value === null ? null : JSON.stringify(value)))))).toEqual(values);
    for (const [sql, none] of [['$1::uuid[]', uuids([])], ['$1::int[]', ints([])], ['$1::text[]', texts([])], ['$1::timestamptz[]', instants([])]] as const) {
      expect(await read(`array(select unnest(${sql}))`, none)).toEqual([]);
    }
    expect(await read('array(select unnest($1::text[]))', texts(['one']))).toEqual(['one']);
  } finally {
    await db.drop();
  }
});

test('what is no UUID is not sent as some other bytes', () => {
  for (const wrong of ['', 'abc', `${uuid7()}0`, '0190f0e0-0000-7000-8000-00000000000g', '0190f0e00000-7000-8000-0000000000000', '0'.repeat(36)])
    expect(() => uuids([wrong])).toThrow(TypeError);
  expect(() => ints([2 ** 31])).toThrow('out of range');
});
