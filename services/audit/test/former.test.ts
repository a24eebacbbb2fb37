import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { auditOperations } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { anAdmin, askAs } from '@regie/testing';
import { beginning, merkleRoot, nextLink, type Head, type Line } from '../src/chain/block.ts';
import { bringOver } from '../src/chain/former.store.ts';
import { openChain, type Chain } from '../src/chain/chain.store.ts';
import { sha256 } from '../src/hash.ts';
import { pageOfEntries } from '../src/trail/entry.store.ts';
import { keptEntryOf, type Entry } from '../src/trail/entry.ts';
import { closeTrails, facts, freshTrail, type Trail } from './chain-support.ts';
import { rig } from './support.ts';

let trail: Trail;
let head: Head;
let others: Entry[];
beforeEach(async () => { trail = await freshTrail(); head = beginning; others = []; });
afterAll(closeTrails);

/** Entries as the earlier version kept them: a document each. */
async function insertFormer(entries: readonly Entry[]): Promise<Line[]> {
  const sealed = await trail.seal(entries);
  await trail.mongo.former.entries.insertMany(sealed.map(({ text, leaf, terms }) => {
    const { id, ...kept } = keptEntryOf(text);
    return { _id: id, ...kept, leaf, told: 'x', terms, recordedAt: new Date() };
  }));
  return sealed.map(({ id, companyId, leaf }) => ({ id, companyId, leaf }));
}
async function closeFormer(lines: readonly Line[]): Promise<void> {
  const link = nextLink(head, merkleRoot(lines, sha256), new Date(), sha256);
  await trail.mongo.former.blocks.insertOne({ ...link, entries: lines });
  head = { n: link._id, hash: link.hash };
}
/** Three blocks, each with entries of ours and of another company, and some entries in no block. */
async function formerTrail(): Promise<Entry[]> {
  const mine: Entry[] = [];
  for (let n = 0; n < 3; n++) {
    const [own, other] = [facts(400, { companyId: trail.companyId }), facts(100, { companyId: uuid7() })];
    await closeFormer(await insertFormer([...own, ...other]));
    mine.push(...own);
    others.push(...other);
  }
  const orphans = facts(5, { companyId: trail.companyId });
  await insertFormer(orphans);
  return [...mine, ...orphans];
}
const listed = async () => (await pageOfEntries(trail.mongo, { companyId: trail.companyId }, { newestFirst: false, limit: 5_000 })).entries;
const inOrder = (entries: readonly Entry[]) => entries.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1));

describe('a trail that an earlier version kept', () => {
  test('is brought over whole: all is listed, each entry once, and the chain goes on from where it was', async () => {
    const mine = await formerTrail();
    const before = await trail.verdict();
    expect(before).toMatchObject({ ok: true, checked: 1_200, checkpoint: { n: 3 } });
    expect(await bringOver(trail.mongo, trail.chain, new Date())).toBe(1_505);
    expect(await listed()).toEqual(inOrder(mine));
    expect(await trail.mongo.former.entries.countDocuments()).toBe(0);
    expect(await trail.verdict({ earlier: before.checkpoint! })).toMatchObject({ ok: true, checked: 1_205 });
    expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: 1_505 });
    // Again changes nothing.
    const blocks = await trail.blocks();
    expect(await bringOver(trail.mongo, trail.chain, new Date())).toBe(0);
    expect(await trail.blocks()).toEqual(blocks);
  });

  test('is brought over in steps: broken off at any of them nothing is lost, and it is whole at each', async () => {
    const mine = await formerTrail();
    for (const over of [brokenOff(1, 'before'), brokenOff(1, 'after'), brokenOff(2, 'before'), brokenOff(1, 'after')]) {
      await expect(bringOver(trail.mongo, over, new Date())).rejects.toThrow('broken off');
      expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true });
    }
    await bringOver(trail.mongo, trail.chain, new Date());
    expect(await listed()).toEqual(inOrder(mine));
    expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: 1_505 });
  });

  test('is brought over by two processes at once, each entry once', async () => {
    const mine = await formerTrail();
    const { mongo, chain } = trail.another();
    await Promise.all([bringOver(trail.mongo, trail.chain, new Date()), bringOver(mongo, chain, new Date())]);
    expect(await listed()).toEqual(inOrder(mine));
    expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: 1_505 });
  });

  test('is written on by a process of that version meanwhile: what both kept is there once', async () => {
    await closeFormer(await insertFormer(facts(3, { companyId: trail.companyId })));
    await bringOver(trail.mongo, trail.chain, new Date());
    const [both, more] = [facts(2, { companyId: trail.companyId }), facts(2, { companyId: trail.companyId })];
    await trail.chain.append(await trail.seal(both));
    const last = (await trail.blocks()).at(-1)!;
    head = { n: last._id, hash: last.hash };
    const lines = await insertFormer([...both, ...more]);
    // Its block may name only what no block has.
    await expect(closeFormer(lines)).rejects.toMatchObject({ code: 11000 });
    await closeFormer(lines.slice(2));
    // What came to that process comes again, to one of this version.
    const { fresh, known } = await openChain(trail.mongo).append(await trail.seal(more));
    expect([fresh.length, known.map(([told, kept]) => kept.leaf === told.leaf)]).toEqual([0, [true, true]]);
    await bringOver(trail.mongo, trail.chain, new Date());
    expect((await listed()).map(({ id }) => id).slice(3).toSorted()).toEqual([...both, ...more].map(({ id }) => id).toSorted());
    expect(await trail.verdict()).toMatchObject({ ok: true, checked: 7 });
  });

  test.each<[string, object]>([
    ['cannot be read', { $set: { state: '{' } }], ['has no instant', { $unset: { at: 1 } }], ['has something else for its instant', { $set: { at: 'x' } }],
  ])('is brought over though one of its entries %s, and that is shown', async (_, altered) => {
    const entries = facts(3, { companyId: trail.companyId });
    await closeFormer(await insertFormer(entries));
    await trail.mongo.former.entries.updateOne({ _id: entries[1]!.id }, altered);
    const bad = { ok: false, firstBad: { block: 1, entryId: entries[1]!.id, reason: 'the entry was changed' } };
    expect(await trail.verdict()).toMatchObject(bad);
    expect(await bringOver(trail.mongo, trail.chain, new Date())).toBe(3);
    expect(await trail.verdict()).toMatchObject(bad);
  });

  test('whose block was altered so that it keeps its ids is not tried for ever', async () => {
    const lines = await insertFormer(facts(3, { companyId: trail.companyId }));
    await closeFormer(lines);
    await trail.mongo.former.blocks.updateOne({ _id: 1 }, { $set: { lines } });
    await expect(bringOver(trail.mongo, trail.chain, new Date())).rejects.toThrow('keeps their ids');
    expect(await trail.mongo.former.entries.countDocuments()).toBe(3);
  });

  test('is answered from when all of it is brought over, not before', async () => {
    await formerTrail();
    const on = await rig(trail.url);
    try {
      await on.start();
      const { body } = await askAs(on.gateway, anAdmin({ companyId: trail.companyId }), auditOperations.exportAudit);
      // Its first thousand lines and their header.
      expect((body.chunk as string).trimEnd().split('\r\n')).toHaveLength(1_001);
      expect(await trail.mongo.former.entries.countDocuments()).toBe(0);
    } finally {
      await on.drop();
    }
  });

  test('shows after it what was changed before it', async () => {
    const [entry] = await formerTrail();
    await trail.mongo.former.entries.updateOne({ _id: entry!.id }, { $set: { actorId: uuid7() } });
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, entryId: entry!.id, reason: 'the entry was changed' } });
    await bringOver(trail.mongo, trail.chain, new Date());
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, entryId: entry!.id, reason: 'the entry was changed' } });
    await trail.mongo.blocks.deleteMany({ 'entries.id': entry!.id });
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, entryId: entry!.id, reason: 'the entry is gone' } });
  });
});

/** A chain that breaks off at its nth append, before or after it is written. */
function brokenOff(nth: number, when: 'before' | 'after'): Chain {
  let count = 0;
  return {
    async append(entries) {
      if (++count === nth && when === 'before') throw new Error('broken off');
      const told = await trail.chain.append(entries);
      if (count === nth) throw new Error('broken off');
      return told;
    },
  };
}
