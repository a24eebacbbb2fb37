import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { atOnce } from '@regie/testing';
import { openChain, lineOf } from '../src/chain/chain.store.ts';
import { verifyChain, type Verdict } from '../src/chain/verification.store.ts';
import { sha256 } from '../src/hash.ts';
import { merkleRoot, nextBlock, type BlockRow, type Line } from '../src/chain/block.ts';
import { makeIndexes, openMongo, type Mongo } from '../src/database.ts';
import { insertEntries, sealEntries } from '../src/trail/entry.store.ts';
import { entryOf, leafText, type Entry } from '../src/trail/entry.ts';
import { aFact, freshMongoUrl } from './support.ts';

const opened: Mongo[] = [];
const companyId = uuid7();
let mongo: Mongo;
const later = () => new Date(Date.now() + 2 * 60_000);
const entries = (count: number, company = companyId) => Array.from({ length: count }, (_, index) => entryOf(JSON.parse(aFact('inventory.equipment.changed', { companyId: company, sequence: index + 1, data: { name: `n${index}` } }).message), undefined));
const inserted = async (...told: Entry[]) => insertEntries(mongo, await sealEntries(mongo, told, () => true, new Date()));
const insert = async (count: number, company = companyId): Promise<Line[]> => (await inserted(...entries(count, company))).fresh.map(lineOf);
const verdict = (over = {}): Promise<Verdict> => verifyChain(mongo, { companyId, now: later(), ...over });

beforeEach(async () => {
  mongo = openMongo(freshMongoUrl());
  opened.push(mongo);
  await makeIndexes(mongo);
});
afterAll(async () => { for (const one of opened) { await one.entries.db.dropDatabase(); await one.client.close(); } });

/** Three blocks of ours with another company's entries among them. */
async function threeBlocks(): Promise<Line[][]> {
  const chain = openChain(mongo);
  const all: Line[][] = [];
  for (let n = 0; n < 3; n++) {
    const lines = [...await insert(3), ...await insert(2, uuid7())];
    await chain.close(lines, { fresh: true });
    all.push(lines);
  }
  return all;
}

describe('a tampered trail', () => {
  test('is whole before', async () => {
    await threeBlocks();
    expect(await verdict()).toMatchObject({ ok: true, checked: 9, checkpoint: { n: 3 }, firstBad: null });
    expect(await verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: 15 });
  });

  test('shows one changed byte, wherever it is', async () => {
    const blocks = await threeBlocks();
    const { id } = blocks[1]![1]!;
    const row = (await mongo.entries.findOne({ _id: id }))!;
    for (const change of [{ state: row.state.replace('n1', 'n2') }, { changes: '{ }' }, { actorId: uuid7() }, { at: new Date(row.at.getTime() + 1) }, { ip: '192.0.2.1' }, { entityId: uuid7() }, { sequence: 7 }, { companyId: uuid7() }]) {
      await mongo.entries.updateOne({ _id: id }, { $set: change });
      expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 2, entryId: id, reason: 'the entry was changed' } });
      await mongo.entries.replaceOne({ _id: id }, row);
    }
    expect((await verdict()).ok).toBe(true);
  });

  test('shows a deleted entry, and one that was slipped in', async () => {
    const blocks = await threeBlocks();
    const { id } = blocks[2]![0]!;
    const row = (await mongo.entries.findOne({ _id: id }))!;
    await mongo.entries.deleteOne({ _id: id });
    expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 3, entryId: id, reason: 'the entry is gone' } });
    await mongo.entries.insertOne(row);
    const [slipped] = await insert(1);
    expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 0, entryId: slipped!.id, reason: 'the entry is in no block' } });
  });

  test('shows blocks that were exchanged, deleted, or whose entries were', async () => {
    await threeBlocks();
    const [one, two, three] = await mongo.blocks.find({}).sort({ _id: 1 }).toArray();
    const put = async (...rows: BlockRow[]) => { await mongo.blocks.deleteMany({}); await mongo.blocks.insertMany(rows); };
    await put({ ...two!, _id: 1 }, { ...one!, _id: 2 }, three!);
    expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 1, entryId: null } });
    await put(one!, three!);
    expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 2, reason: 'a block is missing' } });
    await put(two!, three!);
    expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 1, reason: 'a block is missing' } });
    const fewer = two!.entries.slice(1);
    await put(one!, { ...two!, entries: fewer }, three!);
    expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 2, reason: 'its entries are not those it was made of' } });
    await put(one!, { ...two!, entries: fewer, root: merkleRoot(fewer, sha256) }, three!);
    expect(await verdict()).toMatchObject({ ok: false, firstBad: { block: 2, reason: 'its hash is not its own' } });
  });

  test('written wholly anew convinces only who kept no checkpoint', async () => {
    await threeBlocks();
    const { checkpoint } = await verdict();
    const blocks = await mongo.blocks.find({}).sort({ _id: 1 }).toArray();
    const { id } = blocks[1]!.entries[0]!;
    const row = (await mongo.entries.findOne({ _id: id }))!;
    const forged = { ...row, state: row.state.replace('n0', 'nX') };
    const leaf = sha256(leafText(forged));
    await mongo.entries.replaceOne({ _id: id }, { ...forged, leaf });
    await mongo.blocks.deleteMany({});
    let head = { n: 0, hash: '0'.repeat(64) };
    for (const { entries: lines, at } of blocks) {
      const block = nextBlock(head, lines.map((line) => (line.id === id ? { ...line, leaf } : line)), at, sha256);
      await mongo.blocks.insertOne(block);
      head = { n: block._id, hash: block.hash };
    }
    expect((await verdict()).ok).toBe(true);
    expect(await verdict({ earlier: checkpoint })).toMatchObject({ ok: false, firstBad: { block: 3, reason: 'is not the block of the earlier checkpoint' } });
    await mongo.blocks.deleteOne({ _id: 3 });
    expect(await verdict({ earlier: checkpoint })).toMatchObject({ ok: false, firstBad: { reason: 'the chain ends before the earlier checkpoint' } });
  });
});

describe('writers', () => {
  const named = async () => (await mongo.blocks.find({}).toArray()).flatMap((block) => block.entries.map(({ id }) => id));

  test('of two at once each block has one number and each entry one block', async () => {
    const [mine, other] = [openChain(mongo), openChain(openMongoAgain())];
    const batches = await Promise.all(Array.from({ length: 12 }, () => insert(5)));
    await atOnce(12, (index) => (index % 2 ? mine : other).close(batches[index]!, { fresh: true }));
    // The same again, by the other writer: what a redelivery does.
    await atOnce(12, (index) => (index % 2 ? other : mine).close(batches[index]!, { fresh: false }));
    expect((await named()).toSorted()).toEqual(batches.flat().map(({ id }) => id).toSorted());
    expect(await verdict()).toMatchObject({ ok: true, checked: 60, checkpoint: { n: 12 } });
  });

  test('that close orphans while another is about to close them, close nothing twice', async () => {
    const writer = openChain(mongo);
    await writer.close(await insert(2), { fresh: true });
    const lines = await insert(5);
    expect(await openChain(openMongoAgain()).closeOrphans(new Date())).toBe(5);
    await writer.close(lines, { fresh: true });
    expect(await verdict()).toMatchObject({ ok: true, checked: 7, checkpoint: { n: 2 } });
  });

  test('of a batch of which some is known, and some comes twice, keep the rest once', async () => {
    const [one, two, three, four] = entries(4) as [Entry, Entry, Entry, Entry];
    await inserted(two, four);
    const { fresh, again, conflicting } = await inserted(one, two, three, one, { ...three, state: { name: 'another' } }, four, { ...two, state: { name: 'another' } });
    expect([fresh, again, conflicting].map((rows) => rows.map(({ _id }) => _id))).toEqual([[one.id, three.id], [two.id, one.id, four.id], [three.id, two.id]]);
    expect(await mongo.conflicts.countDocuments()).toBe(2);
    await openChain(mongo).close([...fresh, ...again].map(lineOf), { fresh: false });
    expect(await verdict()).toMatchObject({ ok: true, checked: 4, checkpoint: { n: 1 } });
  });

  test('find an orphan among what younger clocks recorded, and look no further back than the last time', async () => {
    const chain = openChain(mongo);
    await chain.close(await insert(2), { fresh: true });
    expect(await chain.closeOrphans(new Date())).toBe(0);
    const [orphan] = await insert(1);
    await mongo.entries.updateOne({ _id: orphan!.id }, { $set: { recordedAt: new Date(Date.now() - 4 * 60_000) } });
    const [forgotten] = await insert(1);
    await mongo.entries.updateOne({ _id: forgotten!.id }, { $set: { recordedAt: new Date(Date.now() - 60 * 60_000) } });
    await chain.close(await insert(2), { fresh: true });
    expect(await chain.closeOrphans(new Date())).toBe(0);
    await mongo.entries.deleteOne({ _id: forgotten!.id });
    expect(await chain.closeOrphans(new Date())).toBe(1);
    expect(await verdict()).toMatchObject({ ok: true, checked: 5 });
  });

  test('find orphans once, and none the next time', async () => {
    await openChain(mongo).close(await insert(1), { fresh: true });
    await insert(3);
    const again = openChain(mongo);
    expect([await again.closeOrphans(new Date()), await again.closeOrphans(new Date())]).toEqual([3, 0]);
    expect(await verdict()).toMatchObject({ ok: true, checked: 4 });
  });

  function openMongoAgain(): Mongo {
    const url = new URL(process.env['TEST_MONGODB_URL']!);
    url.pathname = `/${mongo.entries.dbName}`;
    const again = openMongo(url.href);
    opened.push(again);
    return again;
  }
});
