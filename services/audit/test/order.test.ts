import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import type { After } from '../src/trail/order.ts';
import { lastEntry, pageOfEntries, type EntryQuery } from '../src/trail/entry.store.ts';
import type { Entry } from '../src/trail/entry.ts';
import { closeTrails, facts, freshTrail, type Trail } from './chain-support.ts';

let trail: Trail;
const [thing, actor] = [uuid7(), uuid7()];
const instant = (ms: number) => new Date(Date.UTC(2026, 5, 1, 10) + ms);
/** By time, then by id: what a list must give. */
const told: Entry[] = [];
const key = ({ at, id }: Entry) => `${at.toISOString()} ${id}`;

/** Blocks that overlap each other in every way: within, across, at one instant, and late ones. */
beforeAll(async () => {
  trail = await freshTrail();
  const { companyId } = trail;
  const at = (times: readonly number[], over = {}) => facts(times.length, { companyId, ...over }).map((entry, index) => ({ ...entry, at: instant(times[index]!) }));
  const range = (from: number, to: number, step: number) => Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
  const blocks = [
    at(range(0, 9_000, 100)), at(range(50, 9_950, 900)), at(range(3_000, 3_010, 1)), at([5_000, 5_000, 5_000, 5_000]),
    at([5_000, 5_000], { subject: thing }), at(range(8_000, 30_000, 1_500), { subject: thing, actorId: actor }),
    at(range(20_000, 21_000, 10)), at([0, 60_000, 120_000]), at([20_500, 5_000], { actorId: actor, data: { name: 'Éclair' } }), at(range(100, 9_000, 4_000)),
  ];
  for (const block of blocks) await trail.chain.append(await trail.seal(block));
  // Another company's at the same instants.
  await trail.chain.append(await trail.seal(at(range(0, 9_000, 500)).map((entry) => ({ ...entry, companyId: uuid7() }))));
  told.push(...blocks.flat().toSorted((a, b) => (key(a) < key(b) ? -1 : 1)));
});
afterAll(closeTrails);

async function walked(query: Omit<EntryQuery, 'companyId'>, newestFirst: boolean, limit: number): Promise<string[]> {
  const seen: Entry[] = [];
  for (let after: After | undefined; ;) {
    const { entries, more } = await pageOfEntries(trail.mongo, { companyId: trail.companyId, ...query }, { newestFirst, after, limit });
    seen.push(...entries);
    if (!more) return seen.map(key);
    after = entries.at(-1)!;
  }
}

describe('a list over blocks whose times overlap', () => {
  const cases: [string, Omit<EntryQuery, 'companyId'>, (entry: Entry) => boolean][] = [
    ['everything', {}, () => true],
    ['a thing', { entityId: thing, entity: 'equipment' }, ({ entityId }) => entityId === thing],
    ['a person in a period', { actorId: actor, from: instant(5_000), to: instant(20_500) }, ({ actorId, at }) => actorId === actor && at >= instant(5_000) && at < instant(20_500)],
    ['an instant', { from: instant(5_000), to: instant(5_001) }, ({ at }) => at.getTime() === instant(5_000).getTime()],
    ['since', { from: instant(20_990) }, ({ at }) => at >= instant(20_990)],
    ['until', { to: instant(50) }, ({ at }) => at < instant(50)],
    ['words that one entry has, not its block', { words: ['eclair'], actorId: actor }, ({ state, actorId }) => state['name'] === 'Éclair' && actorId === actor],
    ['words of two entries of a block', { words: ['n1', 'n2'] }, () => false],
  ];
  for (const [name, query, fits] of cases) {
    test(`gives ${name} once, in order, either way and page by page`, async () => {
      const expected = told.filter(fits).map(key);
      for (const limit of [1_000, 7]) {
        expect(await walked(query, false, limit)).toEqual(expected);
        expect(await walked(query, true, limit)).toEqual(expected.toReversed());
      }
    });
  }
});

test('the last entry is the one of the highest version, though clocks overtake each other', async () => {
  const [companyId, subject] = [trail.companyId, uuid7()];
  const versions = [[1, 0], [2, 500_000], [4, 700_000], [3, 700_500], [5, 3_000_000]] as const;
  for (const [sequence, ms] of versions) await trail.chain.append(await trail.seal(facts(1, { companyId, subject, sequence }).map((entry) => ({ ...entry, at: instant(ms) }))));
  const versionAt = async (ms: number) => (await lastEntry(trail.mongo, { companyId, entityId: subject, entity: 'equipment' }, instant(ms)))?.sequence;
  expect(await Promise.all([-1, 0, 499_999, 500_000, 700_000, 700_500, 2_000_000, 3_000_000].map(versionAt))).toEqual([undefined, 1, 1, 2, 4, 4, 4, 5]);
});
