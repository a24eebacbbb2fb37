import { expect, test } from '@jest/globals';
import { instantOf, instantText } from './instants.ts';

/** Numbers that differ from run to run would fail where nobody could repeat it. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) yield (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

test('an instant is said as Date says it, of any century and to the millisecond', () => {
  const instants = [
    0, -1, 1, 0.9, -0.9, 86_399_999, 86_400_000, -86_400_000, 1_798_761_599_999.75, 8_640_000_000_000_000, -8_640_000_000_000_000,
    Date.UTC(2028, 1, 29, 23, 59, 59, 999), Date.UTC(9999, 11, 31), Date.UTC(10_000, 0, 1), Date.UTC(-1, 0, 1),
  ];
  const random = numbers(7);
  for (let count = 0; count < 5_000; count++) instants.push(Math.floor(Date.UTC(1960, 0, 1) + random.next().value! * 150 * 365 * 86_400_000));
  for (const at of instants) expect([at, instantText(at)]).toEqual([at, new Date(at).toISOString()]);
});

test('what is no instant is not said', () => {
  for (const at of [NaN, Infinity, -Infinity, 8_640_000_000_000_001 + 86_400_000]) expect(() => instantText(at)).toThrow(RangeError);
});

test('a text is read as Date reads it, whichever were read before', () => {
  const [from, to, other] = ['2027-01-01T00:00:00Z', '2027-01-02T00:00:00.5+02:00', '2027-01-03T00:00:00Z'];
  for (const text of [from, to, from, to, other, to, from, '', 'tomorrow', '', from]) expect([text, instantOf(text)]).toEqual([text, Date.parse(text)]);
});
