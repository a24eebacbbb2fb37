import { expect, test } from '@jest/globals';
import { commandSubject, filtersOf, inventory, partsOf, slotOf, slotsOf } from './index.ts';

const { settle } = inventory.commands;

test('a company has one slot for ever', () => {
  expect(['0190a6c0-0000-7000-8000-000000000001', '0190a6c0-0000-7000-8000-000000000002', 'platform'].map((company) => slotOf(company, 8))).toEqual([3, 6, 2]);
});

test('companies are spread over all slots', () => {
  const counts = Array.from({ length: 8 }, () => 0);
  for (let n = 0; n < 8_000; n++) counts[slotOf(`0190a6c0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`, 8)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(800);
});

test('each slot is heard by one durable, and nothing by two', () => {
  const heard = partsOf(inventory.listeners.settle).flatMap(filtersOf);
  expect(new Set(heard).size).toBe(heard.length);
  // What waits in an outbox since before there were slots is heard as well.
  expect(heard.toSorted()).toEqual(['cmd.inventory.settle.v1', ...Array.from({ length: 8 }, (_, slot) => `cmd.inventory.settle.v1.${slot}`)]);
  expect(heard).toContain(commandSubject(settle, '0190a6c0-0000-7000-8000-000000000001'));
});

test('a listener without slots is one durable', () => {
  expect(slotsOf(inventory.listeners.people)).toBeNull();
  expect(partsOf(inventory.listeners.people)).toEqual([inventory.listeners.people]);
});
