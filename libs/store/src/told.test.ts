import { describe, expect, test } from '@jest/globals';
import { rememberTold, type Told } from './told.ts';

const at = (position: number, message = '{}'): Told => ({ position, id: String(position), subject: 's', message });

describe('what the relay remembers', () => {
  test('is found by its place, for the round it was told in and the one after', () => {
    const memory = rememberTold();
    memory.add([at(1)]);
    memory.turn();
    memory.add([at(2)]);
    expect([memory.at(1), memory.at(2)]).toEqual([at(1), at(2)]);
    memory.turn();
    expect([memory.at(1), memory.at(2)]).toEqual([undefined, at(2)]);
    memory.turn();
    expect(memory.some()).toBe(false);
  });

  test('has an end: what is too much is not kept', () => {
    const memory = rememberTold();
    memory.add([at(1, 'x'.repeat(10_000_000)), at(2, 'x'.repeat(10_000_000)), at(3)]);
    expect([memory.at(1)?.position, memory.at(2), memory.at(3)]).toEqual([1, undefined, undefined]);
  });

  test('is gone when leadership is', () => {
    const memory = rememberTold();
    memory.add([at(1)]);
    memory.turn();
    memory.add([at(2)]);
    memory.clear();
    expect(memory.some()).toBe(false);
  });
});
