import { describe, expect, test } from '@jest/globals';
import { lead, rotation, signingKey, signingLife, type SigningKey } from './key.ts';

const noon = new Date('2026-03-01T12:00:00Z');
const at = (ms: number): Date => new Date(noon.getTime() + ms);
const aKey = (id: string, ms: number): SigningKey => ({ id, signsFrom: at(ms) });

describe('keys', () => {
  test('begin with one that signs at once', () => expect(rotation([], noon)).toEqual({ make: noon, drop: [] }));
  test('a month later the next one is published before it signs', () => {
    const month = at(signingLife - lead);
    expect(rotation([aKey('a', 0)], at(signingLife - lead - 1)).make).toBeNull();
    expect(rotation([aKey('a', 0)], month).make).toEqual(at(signingLife));
  });
  test('after a long stop the next one is published before it signs all the same', () =>
    expect(rotation([aKey('a', 0)], at(3 * signingLife)).make).toEqual(at(3 * signingLife + lead)));
  test('two are not made for one turn', () => expect(rotation([aKey('a', 0), aKey('b', signingLife)], at(signingLife - 1)).make).toBeNull());
  test('an old one stays until the last token it signed has expired', () => {
    const keys = [aKey('a', 0), aKey('b', 1_000_000)];
    expect(rotation(keys, at(1_000_000 + 720_000)).drop).toEqual([]);
    expect(rotation(keys, at(1_000_000 + 720_001)).drop).toEqual(['a']);
  });
  test('the one that signs is the newest whose time has come', () => {
    const keys = [aKey('b', 1_000), aKey('a', 0)];
    expect([at(-1), at(0), at(999), at(1_000)].map((now) => signingKey(keys, now)?.id)).toEqual([undefined, 'a', 'a', 'b']);
  });
  test('asked for by an operator, a new one comes now; asked twice, it comes once', () => {
    expect(rotation([aKey('a', 0)], at(5), true).make).toEqual(at(5 + lead));
    expect(rotation([aKey('a', 0), aKey('b', 100)], at(5), true).make).toBeNull();
  });
});
