import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accessToken } from '@regie/contracts';
import { closeDatabase, openDatabase, type Database } from '@regie/store';
import { atOnce } from '@regie/testing';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { openKeyRing } from '../src/keys/key.crypto.ts';
import { lookAfterKeys } from '../src/keys/key.timer.ts';
import { aWorld, keySecret, nobodyYet, operations, type Person, type World } from './world.ts';

let world: World, database: Database, admin: Person;
beforeAll(async () => {
  world = await aWorld();
  database = await openDatabase('identity', world.db.url, []);
  admin = await world.anAdmin();
});
afterAll(async () => { await closeDatabase(database); await world.drop(); });

const published = async (): Promise<{ kid: string }[]> => (await world.ask(nobodyYet(), operations.getKeys)).body.keys;
const turn = (wanted = false, secret = keySecret) => lookAfterKeys(database, openKeyRing(secret), wanted);
/** Lets time pass for all keys: they began to sign so much longer ago. */
const age = (interval: string) => world.db.query('update signing_key set signs_from = signs_from - $1::interval', [interval]);
const kidOf = ({ accessToken: token }: Person): string => decodeProtectedHeader(token).kid!;
const verifies = async (person: Person): Promise<boolean> =>
  jwtVerify(
    person.accessToken, createLocalJWKSet({ keys: await published() } as never), { algorithms: [accessToken.algorithm], audience: accessToken.audience })
    .then(() => true, () => false);

describe('signing keys', () => {
  test('replicas that start together make one', async () => {
    await world.db.query('delete from signing_key');
    await atOnce(4, () => turn());
    expect(await published()).toHaveLength(1);
    expect(kidOf(await world.signIn(admin.email))).toBe((await published())[0]!.kid);
  });

  test('are made by a sign-in that comes before everything else', async () => {
    await world.db.query('delete from signing_key');
    const early = await world.signIn(admin.email);
    expect(await verifies(early)).toBe(true);
  });

  test('are published before they sign, and stay until the last token they signed has expired', async () => {
    const old = await world.signIn(admin.email);
    await age('29 days 23 hours 46 minutes');
    await turn();
    const [first, second] = await published();
    expect([first!.kid, (await published()).length]).toEqual([kidOf(old), 2]);
    expect(kidOf(await world.signIn(admin.email))).toBe(first!.kid);
    const told = await world.db.query<{ subject: string }>(`select subject from outbox where aggregate_id = $1`, [second!.kid]);
    expect(told).toEqual([{ subject: 'int.platform.identity.key.published.v1' }]);

    await age('15 minutes');
    await turn();
    const young = await world.signIn(admin.email);
    expect(kidOf(young)).toBe(second!.kid);
    expect([await verifies(old), await verifies(young)]).toEqual([true, true]);

    await age('13 minutes');
    await turn();
    expect((await published()).map(({ kid }) => kid)).toEqual([second!.kid]);
    expect([await verifies(old), await verifies(young)]).toEqual([false, true]);
  });

  test('can be asked for before their time, once', async () => {
    const before = (await published()).length;
    await atOnce(3, () => turn(true));
    expect(await published()).toHaveLength(before + 1);
  });

  test('are sealed: with another secret they cannot be opened, and nobody signs with them', async () => {
    expect(await turn(false, 'another-secret-that-is-long-enough-too')).toMatch(/another IDENTITY_KEY_SECRET/);
    await age('60 days');
    await expect(turn(false, 'another-secret-that-is-long-enough-too')).rejects.toThrow(/another IDENTITY_KEY_SECRET/);
    expect(await turn()).toBeNull();
    const rows = await world.db.query<{ sealed_private_key: Buffer; public_key: object }>('select sealed_private_key, public_key from signing_key');
    for (const { sealed_private_key: sealed, public_key: shown } of rows) {
      expect(sealed.subarray(28, 30).toString('hex')).not.toBe('3081');
      expect(Object.keys(shown).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });
});
