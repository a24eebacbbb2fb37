import { describe, expect, test } from '@jest/globals';
import { oneMore, tooManyTries, waitAfter, type Failures } from './limit.ts';

const noon = new Date('2026-03-01T12:00:00Z');
const after = (ms: number): Date => new Date(noon.getTime() + ms);
const failed = (count: number): Failures => ({ count, lastAt: noon });

describe('after wrong passwords', () => {
  test('four may be tried again at once', () => expect(waitAfter(failed(4), noon)).toBe(0));
  test('the wait begins with the fifth and doubles with each', () => {
    expect([5, 6, 7, 8].map((count) => waitAfter(failed(count), noon))).toEqual([1_000, 2_000, 4_000, 8_000]);
  });
  test('it is never longer than a quarter of an hour', () => expect(waitAfter(failed(5_000), noon)).toBe(900_000));
  test('it passes', () => {
    expect(waitAfter(failed(8), after(7_999))).toBe(1);
    expect(waitAfter(failed(8), after(8_000))).toBe(0);
  });
  test('a day later they are forgotten', () => {
    expect(oneMore(failed(9), after(86_399_999)).count).toBe(10);
    expect(oneMore(failed(9), after(86_400_000)).count).toBe(1);
  });
  test('the refusal says after how many whole seconds to come back', () => expect(tooManyTries(1_001).extra).toEqual({ retryAfter: 2 }));
});
