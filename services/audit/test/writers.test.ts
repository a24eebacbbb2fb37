import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { auditOperations } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { anAdmin, askAs, atOnce, eventually } from '@regie/testing';
import { Binary } from 'mongodb';
import type { Entry } from '../src/trail/entry.ts';
import { isSame } from '../src/trail/sealing.store.ts';
import { closeTrails, facts, freshTrail, textsOf, type Trail } from './chain-support.ts';
import { aFact, keptOf, rig } from './support.ts';

let trail: Trail;
beforeEach(async () => { trail = await freshTrail(); });
afterAll(closeTrails);

const idsOf = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id).toSorted();
const named = async () => idsOf((await trail.blocks()).flatMap(({ entries }) => entries));
const mine = (count: number, over = {}) => facts(count, { companyId: trail.companyId, ...over });

describe('writers', () => {
  test('of two at once each block has one number and each entry one block', async () => {
    const { chain: other } = trail.another();
    const batches = await Promise.all(Array.from({ length: 12 }, () => trail.seal(mine(5))));
    const told = await atOnce(12, (index) => (index % 2 ? trail.chain : other).append(batches[index]!));
    expect(told.flatMap(({ known }) => known)).toEqual([]);
    // The same again, by the other writer: what a redelivery does.
    const again = await atOnce(12, (index) => (index % 2 ? other : trail.chain).append(batches[index]!));
    expect(again.flatMap(({ fresh }) => fresh)).toEqual([]);
    expect(await named()).toEqual(idsOf(batches.flat()));
    expect(await trail.verdict()).toMatchObject({ ok: true, checked: 60, checkpoint: { n: 12 } });
  });

  test('of the same facts at once, each company among several, keep each once', async () => {
    const { chain: other } = trail.another();
    const sealed = await trail.seal([0, 1, 2, 3].flatMap((n) => facts(40, { companyId: n === 0 ? trail.companyId : uuid7() })));
    const parts = [sealed, sealed.toReversed(), sealed.slice(30, 130), sealed.slice(0, 90), sealed.slice(70), sealed];
    const told = await atOnce(parts.length, (index) => (index % 2 ? trail.chain : other).append(parts[index]!));
    expect(idsOf(told.flatMap(({ fresh }) => fresh))).toEqual(idsOf(sealed));
    expect(await named()).toEqual(idsOf(sealed));
    expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: 160 });
  });

  test('of a batch of which some is known, and some comes twice, keep the rest once', async () => {
    const [one, two, three, four] = mine(4) as [Entry, Entry, Entry, Entry];
    await trail.chain.append(await trail.seal([two, four]));
    const { fresh, known } = await trail.chain.append(
      await trail.seal([one, two, three, one, { ...three, state: { name: 'another' } }, four, { ...two, state: { name: 'another' } }]));
    expect(idsOf(fresh)).toEqual(idsOf([one, three]));
    expect(idsOf(known.filter(([told, kept]) => isSame(told, kept)).map(([told]) => told))).toEqual(idsOf([one, two, four]));
    expect(idsOf(known.filter(([told, kept]) => !isSame(told, kept)).map(([told]) => told))).toEqual(idsOf([two, three]));
    expect(await trail.verdict()).toMatchObject({ ok: true, checked: 4 });
  });

  test('that died half way are followed by one that keeps the rest: nothing is lost, nothing twice', async () => {
    const sealed = await trail.seal([...mine(150), ...facts(150, { companyId: uuid7() })]);
    // As far as one came that died between two blocks of a batch.
    await trail.chain.append(sealed.slice(100, 200));
    const { chain: next } = trail.another();
    const { fresh, known } = await next.append(sealed);
    expect([fresh.length, known.length]).toEqual([200, 100]);
    expect(await named()).toEqual(idsOf(sealed));
    expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: 300 });
  });

  test('put no two companies into one block, and no more than fits into any', async () => {
    const far = mine(5).map((entry, index) => ({ ...entry, at: new Date(Date.UTC(2026, 0, 1, 0, 0, index * 8)) }));
    const large = [900_000, 1_500_000, 900_000].flatMap((length) => mine(1, { data: { note: 'x'.repeat(length) } }));
    const sealed = await trail.seal([...mine(230), ...facts(3, { companyId: uuid7() }), ...far, ...large]);
    await trail.chain.append(sealed);
    const blocks = await trail.blocks();
    for (const block of blocks) {
      expect(new Set(textsOf(block).map((text) => (JSON.parse(text) as unknown[])[2]))).toEqual(new Set([block.companyId]));
      expect(block.entries.length).toBeLessThanOrEqual(100);
      expect(block.to.getTime() - block.from.getTime()).toBeLessThanOrEqual(10_000);
      expect(block.entries.length === 1 || textsOf(block).join('').length <= 1_000_000).toBe(true);
    }
    expect(await named()).toEqual(idsOf(sealed));
    expect(await trail.verdict({ companyId: undefined })).toMatchObject({ ok: true, checked: sealed.length });
  });

  test('who hear again what stands in a block that was altered are not held up by it', async () => {
    const [broken, next] = [await trail.keep(3), await trail.seal(mine(2))];
    const [block] = await trail.blocks();
    await trail.put({ ...block!, body: new Binary(Buffer.from('none')) });
    const { fresh, known } = await trail.chain.append([...broken, ...next]);
    expect([fresh.length, known.map(([told, kept]) => isSame(told, kept))]).toEqual([2, [true, true, true]]);
    // Of one that is told otherwise nothing can be compared: it is kept aside.
    expect(isSame({ ...broken[0]!, whole: false, leaf: 'x' }, known[0]![1])).toBe(false);
    expect(await trail.verdict()).toMatchObject({ ok: false, firstBad: { block: 1, reason: 'its entries cannot be read' } });
  });
});

test('two processes that hear the same flood keep each fact once, though some were told twice', async () => {
  const on = await rig();
  try {
    const companies = [uuid7(), uuid7()] as const;
    const told = Array.from({ length: 900 }, (_, index) => aFact('inventory.equipment.changed', { companyId: companies[index % 3 ? 0 : 1], sequence: index + 1 }));
    const processes = [await on.start(), await on.start()];
    await Promise.all([on.tell(...told.slice(0, 450)), on.tell(...told.slice(450)), on.tell(...told.slice(200, 500).toReversed())]);
    const counted = async (name: string) => (await Promise.all(processes.map(async ({ env }) => (await fetch(`http://127.0.0.1:${env.HEALTH_PORT}/metrics`)).text())))
      .map((text) => Number(new RegExp(`${name}\\{[^}]*\\} (\\d+)`).exec(text)?.[1] ?? 0));
    await eventually(() => counted('regie_audit_again_total'), (counts) => counts.reduce((sum, count) => sum + count) >= 300, 20_000);
    // Both had a part in it.
    expect(Math.min(...await counted('regie_audit_entries_total'))).toBeGreaterThan(0);
    for (const [index, count] of [600, 300].entries()) {
      const companyId = companies[index]!;
      expect(idsOf(await keptOf(on.mongo, companyId))).toEqual(idsOf(told.filter((fact) => fact.companyId === companyId)));
      expect((await askAs(on.gateway, anAdmin({ companyId }), auditOperations.verifyAudit)).body).toMatchObject({ ok: true, checked: count });
    }
  } finally {
    await on.drop();
  }
}, 60_000);
