import { expect, test } from '@jest/globals';
import { beginning, blockFault, merkleRoot, nextLink, type Head, type Line } from './block.ts';

// Long enough to tell things apart; the chain's rules do not depend on which hash it is.
const hash = (text: string) => `<${text}>`;
const line = (id: string): Line => ({ id, companyId: 'c', leaf: `leaf of ${id}` });
const at = new Date('2026-06-01T10:00:00Z');
const linkAfter = (head: Head, lines: readonly Line[]) => nextLink(head, merkleRoot(lines, hash), at, hash);

test('a block follows the one before it', () => {
  const first = linkAfter(beginning, [line('a'), line('b')]);
  const second = linkAfter({ n: first._id, hash: first.hash }, [line('c')]);
  expect([first._id, first.prev, second._id, second.prev]).toEqual([1, '0'.repeat(64), 2, first.hash]);
  expect(blockFault(beginning, first, [line('a'), line('b')], hash)).toBeNull();
  expect(blockFault({ n: 1, hash: first.hash }, second, [line('c')], hash)).toBeNull();
});

test('each part of a block is bound by its hash', () => {
  const lines = [line('a'), line('b'), line('c')];
  const link = linkAfter(beginning, lines);
  expect(blockFault(beginning, { ...link, _id: 2 }, lines, hash)).toBe('a block is missing');
  expect(blockFault(beginning, { ...link, prev: 'x' }, lines, hash)).toBe('does not follow the block before it');
  expect(blockFault(beginning, { ...link, at: new Date(0) }, lines, hash)).toBe('its hash is not its own');
  for (const others of [
    [line('a'), line('b')], [line('b'), line('a'), line('c')],
    [line('a'), line('b'), { ...line('c'), companyId: 'd' }], [line('a'), line('b'), line('c'), line('c')],
  ]) {
    expect(blockFault(beginning, link, others, hash)).toBe('its entries are not those it was made of');
  }
});

test('no node of the tree passes for a line', () => {
  expect(new Set([[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']].map((ids) => merkleRoot(ids.map(line), hash))).size).toBe(5);
});
