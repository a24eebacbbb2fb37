import { expect, test } from '@jest/globals';
import { pagesOf, termsOfAll } from './page.ts';

const at = (ms: number) => new Date(Date.UTC(2026, 5, 1) + ms);
const one = (id: string, ms = 0, length = 10, companyId = 'c') => ({ id, companyId, at: at(ms), text: 'x'.repeat(length), leaf: '', terms: [] });
const idsOf = (pages: readonly (readonly { readonly id: string }[])[]) => pages.map((page) => page.map(({ id }) => id).join(''));
const many = (count: number) => pagesOf(Array.from({ length: count }, (_, index) => one(String(index)))).map(({ length }) => length);

test('a block has a hundred entries at most', () => {
  expect([many(0), many(1), many(100), many(101), many(250)]).toEqual([[], [1], [100], [100, 1], [100, 100, 50]]);
});

test('a block is of one company, in the order of time', () => {
  expect(idsOf(pagesOf([one('c', 2), one('x', 1, 10, 'd'), one('a', 0), one('y', 3, 10, 'd'), one('b', 1)]))).toEqual(['abc', 'xy']);
});

test('a block lasts ten seconds at most, from its first entry', () => {
  expect(idsOf(pagesOf([one('a'), one('b', 6_000), one('c', 10_000), one('d', 10_001), one('e', 20_001), one('f', 20_002)]))).toEqual(['abc', 'de', 'f']);
});

test('a block has a million characters at most; a larger entry stands alone', () => {
  const lengths = { a: 400_000, b: 600_000, c: 1, d: 1_000_001, e: 1, f: 999_999, g: 1 };
  expect(idsOf(pagesOf(Object.entries(lengths).map(([id, length]) => one(id, 0, length))))).toEqual(['ab', 'c', 'd', 'ef', 'g']);
});

test('a block is found by all terms of its entries', () => {
  expect(termsOfAll([{ terms: ['*', 'a'] }, { terms: ['*', 'b', 'a'] }])).toEqual(['*', 'a', 'b']);
});
