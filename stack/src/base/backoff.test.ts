import { expect, test } from '@jest/globals';
import { deathsAfter, pauseAfter } from './backoff.ts';

test('the pause doubles from half a second and never exceeds thirty', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 100].map(pauseAfter)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a process that was up for a minute starts counting afresh', () => {
  expect(deathsAfter(6, 59_999)).toBe(7);
  expect(deathsAfter(6, 60_000)).toBe(1);
});
