import { describe, expect, test } from '@jest/globals';
import { maxDepth, readJson } from './json.ts';

const read = (text: string | Buffer) => readJson(Buffer.from(text as string));

describe('a JSON body', () => {
  test('is read as it is', () => {
    for (const value of [{}, [], null, 'é', { a: { b: [1, 2.5, -3e4, true, null, '":{[\\"'] }, c: 'x:y' }, { nested: [[[[1]]]] }]) {
      expect(read(JSON.stringify(value))).toEqual({ value });
    }
    expect(read(' {"emoji":"\\ud83c\\udfa4"} ')).toEqual({ value: { emoji: '🎤' } });
  });

  test.each([
    ['nothing', ''], ['half', '{"a":'], ['trailing garbage', '{"a":1}x'], ['NaN', '{"a":NaN}'],
    ['a byte order mark', '\ufeff{"a":1}'], ['a comment', '{/**/}'], ['single quotes', "{'a':1}"], ['an open string', '"abc'],
    ['a backslash at the end', '"\\'], ['bytes that are no UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22])], ['a raw control character', '"\u0001"'],
    ['the same key twice', '{"quantity":1,"quantity":999}'], ['the same key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['the same key twice further in', '{"lines":[{"a":1,"a":1}]}'],
    ['200,000 levels', '['.repeat(200_000)], [`${maxDepth + 1} levels`, '['.repeat(maxDepth + 1) + ']'.repeat(maxDepth + 1)],
  ])('with %s is malformed', (_, text) => { expect(read(text)).toHaveProperty('malformed'); });

  test.each([
    ['__proto__', '{"__proto__":{"admin":true}}', '/__proto__'], ['__proto__ escaped', '{"a":{"\\u005f_proto__":1}}', '/a/__proto__'],
    ['constructor.prototype', '{"constructor":{"prototype":{}}}', '/constructor'],
    ['NUL', '{"a":"x\\u0000"}', '/a'], ['half a surrogate pair', '{"a":["\\ud800"]}', '/a/0'], ['half a character in a name', '{"\\udc00":1}', ''],
    ['1e999', '{"a":1e999}', '/a'], ['2^53 + 1', '{"a":9007199254740993}', '/a'], ['a name that needs escaping', '{"a/b":{"~":1e999}}', '/a~1b/~0'],
  ])('with %s is invalid, and the place is said', (_, text, pointer) => { expect(read(text)).toMatchObject({ invalid: [{ pointer }] }); });

  test(`may be ${maxDepth} levels deep`, () => { expect(read('['.repeat(maxDepth) + ']'.repeat(maxDepth))).toHaveProperty('value'); });
});
