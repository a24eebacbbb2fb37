import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { Binary } from 'mongodb';
import { merkleRoot, nextLink, type Head } from '../src/chain/block.ts';
import type { BlockRow } from '../src/database.ts';
import { sha256 } from '../src/hash.ts';
import { bodyOf, closeTrails, freshTrail, textsOf, type Trail } from './chain-support.ts';

let trail: Trail;
beforeEach(async () => { trail = await freshTrail(); });
afterAll(closeTrails);

/** Blocks 1, 3 and 5 are ours, 2 and 4 another company's. */
async function fiveBlocks(): Promise<BlockRow[]> {
  const other = { companyId: uuid7() };
  for (let n = 0; n < 3; n++) {
    await trail.keep(3);
    if (n < 2) await trail.keep(2, other);
  }
  return trail.blocks();
}
const rootOf = ({ companyId, entries }: BlockRow): string => merkleRoot(entries.map((entry) => ({ ...entry, companyId })), sha256);

describe('a tampered trail', () => {
  test('is whole before', async () => {
    await fiveBlocks();
    expect(await trail.verdict()).toMatchObject({ ok: true, checked: 9, checkpoint: { n: 5 }, firstBad: null });
    expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: 13 });
  });

  test('shows one changed byte, wherever it is', async () => {
    const [, , block] = await fiveBlocks();
    const texts = textsOf(block!);
    const { id } = block!.entries[1]!;
    const parts = JSON.parse(texts[1]!) as unknown[];
    for (const index of parts.keys()) {
      const changed = JSON.stringify(parts.with(index, parts[index] === null ? 'x' : `${String(parts[index])} `));
      await trail.put({ ...block!, body: bodyOf(texts.with(1, changed)) });
      expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 3, entryId: id, reason: 'the entry was changed' } });
      await trail.put({ ...block!, body: bodyOf(texts.with(1, changed)), entries: block!.entries.with(1, { id, leaf: sha256(changed) }) });
      expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 3 } });
    }
    await trail.put(block!);
    expect((await trail.verdict()).ok).toBe(true);
  });

  test('shows a deleted entry, one that was slipped in, and bytes that are none', async () => {
    const [first] = await fiveBlocks();
    const texts = textsOf(first!);
    const wrong = async (over: Partial<BlockRow>) => { await trail.put({ ...first!, ...over }); return (await trail.verdict()).firstBad; };
    const [, , last] = first!.entries;
    expect(await wrong({ body: bodyOf(texts.slice(0, 2)) })).toEqual({ block: 1, entryId: last!.id, reason: 'the entry is gone' });
    expect(await wrong({ body: bodyOf(texts.slice(0, 2)), entries: first!.entries.slice(0, 2) }))
      .toEqual({ block: 1, entryId: null, reason: 'its entries are not those it was made of' });
    expect(await wrong({ body: bodyOf([...texts, texts[0]!.replace('n0', 'nX')]) })).toEqual({ block: 1, entryId: null, reason: 'an entry was added' });
    expect(await wrong({ entries: [...first!.entries, { id: uuid7(), leaf: first!.entries[0]!.leaf }] })).toMatchObject({ block: 1, reason: 'the entry is gone' });
    const bytes = Buffer.from(first!.body.buffer);
    bytes[bytes.length >> 1]! ^= 1;
    expect(await wrong({ body: new Binary(bytes) })).toMatchObject({ block: 1 });
    expect(await wrong({ body: new Binary(Buffer.from('none')) })).toEqual({ block: 1, entryId: null, reason: 'its entries cannot be read' });
  });

  test('shows a block whose entries are gone, and one that shows other lines than it has', async () => {
    const [first] = await fiveBlocks();
    const { body: _body, ...bare } = first!;
    await trail.put(bare as BlockRow);
    const gone = { ok: false, firstBad: { block: 1, entryId: null, reason: 'its entries cannot be read' } };
    expect([await trail.verdict(), await trail.verdict({ companyId: undefined })]).toMatchObject([gone, gone]);
    const { entries: _entries, ...unnamed } = first!;
    await trail.put(unnamed as BlockRow);
    expect([await trail.verdict(), await trail.verdict({ companyId: uuid7() })]).toMatchObject([{ ok: false, firstBad: { block: 1 } }, { ok: false, firstBad: { block: 1 } }]);
    // The lines that its root was made over, beside other entries.
    const lines = first!.entries.map((entry) => ({ ...entry, companyId: first!.companyId }));
    const texts = textsOf(first!).map((text) => text.replace('n0', 'nX'));
    await trail.put({ ...first!, entries: first!.entries.map(({ id }, index) => ({ id, leaf: sha256(texts[index]!) })), body: bodyOf(texts), lines } as BlockRow);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, reason: 'its entries are not those it was made of' } });
    // As a block of an earlier version, whose entries would be elsewhere.
    const { companyId: _company, terms: _terms, ...former } = bare;
    await trail.put({ ...former, lines } as unknown as BlockRow);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, entryId: lines[0]!.id, reason: 'the entry is gone' } });
  });

  test('shows an entry that lists no longer find', async () => {
    const [first] = await fiveBlocks();
    const { terms, to } = first!;
    for (const over of [
      { terms: terms.filter((term) => term !== '*') }, { terms: terms.filter((term) => !/^[0-9a-f-]{36}$/.test(term)) },
      { from: new Date(to.getTime() + 1) }, { to: new Date(0) },
    ]) {
      await trail.put({ ...first!, ...over });
      expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, reason: 'lists do not find the entry' } });
    }
  });

  test('shows a block that says it lasts longer than it does: pages and periods would look past it', async () => {
    const [first] = await fiveBlocks();
    const { from, to } = first!;
    for (const over of [{ to: new Date(to.getTime() + 60_000) }, { from: new Date(from.getTime() - 60_000) }]) {
      await trail.put({ ...first!, ...over });
      expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, entryId: null, reason: 'lists do not find its entries' } });
    }
  });

  test('shows a block of any form, rather than to fall over it', async () => {
    const [first] = await fiveBlocks();
    const { companyId: _company, ...former } = first!;
    const forms: object[] = [
      { entries: null }, { entries: [null] }, { entries: 'x' }, { terms: 3 }, { terms: null },
      { at: first!.at.toISOString() }, { at: null }, { to: first!.to.getTime() }, { body: 'x' }, { body: null },
      { body: bodyOf(['x', ...textsOf(first!).slice(1)]), entries: first!.entries.with(0, { id: first!.entries[0]!.id, leaf: sha256('x') }) },
    ];
    for (const over of [...forms.map((form) => ({ ...first!, ...form })), { ...former, lines: [null] }, { ...former, lines: 5 }]) {
      await trail.mongo.blocks.replaceOne({ _id: 1 }, over as BlockRow);
      expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1 } });
      expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: false, firstBad: { block: 1 } });
    }
  });

  test('shows blocks that were exchanged, deleted, or given to another company', async () => {
    const [one, two, ...rest] = await fiveBlocks();
    const put = async (...rows: BlockRow[]) => { await trail.mongo.blocks.deleteMany({}); await trail.mongo.blocks.insertMany(rows); };
    await put({ ...two!, _id: 1 }, { ...one!, _id: 2 }, ...rest);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, entryId: null } });
    await put(one!, ...rest);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 2, reason: 'a block is missing' } });
    await put(two!, ...rest);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, reason: 'a block is missing' } });
    await put(one!, { ...two!, companyId: trail.companyId }, ...rest);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 2, reason: 'the entry was changed' } });
    const fewer = { ...one!, entries: one!.entries.slice(1), body: bodyOf(textsOf(one!).slice(1)) };
    await put({ ...fewer, root: rootOf(fewer) }, two!, ...rest);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, reason: 'its hash is not its own' } });
  });

  test('written wholly anew convinces only who kept no checkpoint', async () => {
    const blocks = await fiveBlocks();
    const { checkpoint } = await trail.verdict();
    let head: Head = { n: 0, hash: '0'.repeat(64) };
    await trail.mongo.blocks.deleteMany({});
    for (const block of blocks) {
      const texts = textsOf(block).map((text) => text.replace('n0', 'nX'));
      const forged = { ...block, body: bodyOf(texts), entries: block.entries.map(({ id }, index) => ({ id, leaf: sha256(texts[index]!) })) };
      const link = nextLink(head, rootOf(forged), block.at, sha256);
      await trail.mongo.blocks.insertOne({ ...forged, ...link });
      head = { n: link._id, hash: link.hash };
    }
    expect((await trail.verdict()).ok).toBe(true);
    expect(await trail.verdict({ earlier: checkpoint! })).toMatchObject({ ok: false, firstBad: { block: 5, reason: 'is not the block of the earlier checkpoint' } });
    await trail.mongo.blocks.deleteOne({ _id: 5 });
    expect(await trail.verdict({ earlier: checkpoint! })).toMatchObject({ ok: false, firstBad: { reason: 'the chain ends before the earlier checkpoint' } });
  });
});
