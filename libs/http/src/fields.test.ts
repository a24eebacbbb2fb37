import { describe, expect, test } from '@jest/globals';
import { isRefusal } from '@regie/contracts';
import { contentRefusal, ifMatchOf, keyOf, waitOf } from './fields.ts';
import { languageOf } from './language.ts';

test.each([
  [undefined, 0], ['wait=5', 5], ['Wait=3', 3], ['respond-async, wait=10', 10],
  ['wait=99999', 20], ['wait=-1', 0], ['wait=5s', 0], ['await=5', 0], ['wait="7"', 7],
])('Prefer %s waits %d s', (prefer, seconds) => {
  expect(waitOf(prefer)).toBe(seconds);
});

describe('an Idempotency-Key', () => {
  test('is taken with or without quotes', () => { expect([keyOf('abc'), keyOf('"abc"'), keyOf(undefined)]).toEqual(['abc', 'abc', undefined]); });
  test('is 1 to 255 printable ASCII characters', () => {
    for (const bad of ['', '""', '  ', 'é', 'x'.repeat(256)]) expect(isRefusal(keyOf(bad))).toBe(true);
    expect(keyOf('x'.repeat(255))).toHaveLength(255);
  });
});

test('a tag we never gave matches nothing', () => {
  expect([ifMatchOf('"7"'), ifMatchOf('*'), ifMatchOf('W/"7"'), ifMatchOf('7'), ifMatchOf(undefined)])
    .toEqual(['"7"', '*', '"never"', '"never"', undefined]);
});

test.each([
  [undefined, 'en'], ['fr', 'fr'], ['fr-CH, en;q=0.5', 'fr'], ['en, fr', 'en'], ['de, fr;q=0.3', 'fr'], ['fr;q=0', 'en'], ['*', 'en'], [';;;,', 'en'],
])('Accept-Language %s is %s', (header, language) => {
  expect(languageOf(header)).toBe(language);
});

describe('a content type', () => {
  const refused = (headers: Record<string, string>, accepts: 'application/json' | 'text/csv' = 'application/json') => contentRefusal(accepts, headers) !== undefined;
  test('is JSON in UTF-8, or nothing where nothing is sent', () => {
    expect([{ 'content-type': 'application/json' }, { 'content-type': 'application/json; charset=UTF-8' }, {}, { 'content-length': '0' }].map((one) =>
      refused(one))).toEqual([false, false, false, false]);
  });
  test.each([
    'text/plain', 'application/json;x', 'application/json\t;x', 'application/jsonx',
    'application/json; charset=latin1', 'multipart/form-data', 'text/csv', '',
  ])('%p is refused', (type) => {
    expect(refused({ 'content-type': type, 'content-length': '2' })).toBe(true);
  });
  test('is needed for a body', () => { expect(refused({ 'content-length': '2' })).toBe(true); expect(refused({ 'transfer-encoding': 'chunked' })).toBe(true); });
  test('cannot be compressed', () => { expect(refused({ 'content-type': 'application/json', 'content-encoding': 'gzip' })).toBe(true); });
  test('of a table is text/csv', () => {
    expect([refused({ 'content-type': 'text/csv; header=present; charset=utf-8' }, 'text/csv'), refused({ 'content-type': 'application/json' }, 'text/csv')])
      .toEqual([false, true]);
  });
});
