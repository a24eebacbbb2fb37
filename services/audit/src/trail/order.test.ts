import { expect, test } from '@jest/globals';
import { inOrder } from './order.ts';

test.each([['oldest', false], ['newest', true]])('of very many at about one time, the %s first: none is looked at again with each block that comes', (_, newestFirst) => {
  let looks = 0;
  const entryAt = (number: number) => ({ id: String(number).padStart(6, '0'), get at() { looks++; return new Date(1e12 + (number >> 3)); } });
  const order = inOrder<ReturnType<typeof entryAt>>(newestFirst, undefined);
  const given: string[] = [];
  for (let block = 0; block < 400; block++) {
    for (const { id } of order.until(new Date(newestFirst ? 1e12 + 10_000 : 1e12 - 1))) given.push(id);
    order.put(Array.from({ length: 100 }, (__, index) => entryAt((block * 7_919 + index * 104_729) % 40_000)));
  }
  expect(given).toEqual([]);
  for (const { id } of order.rest()) given.push(id);
  expect(given).toEqual(newestFirst ? given.toSorted().toReversed() : given.toSorted());
  expect(given.length).toBe(40_000);
  // Once each when it is put, and as many comparisons as ordering takes.
  expect(looks / 40_000).toBeLessThan(60);
});
