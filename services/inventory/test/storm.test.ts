/**
 * Everything at once, at random: writers that decide ahead of the lock for several companies, orders heard again, changed and cancelled, connections that
 * break at the commit, corrections and repairs. What they know must be what the rows say, all along.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { openKnown } from '../src/reservations/known.ts';
import type { Settling } from '../src/reservations/settling.reactions.ts';
import type { GivenOrder } from '../src/reservations/telling.reactions.ts';
import { eager } from './controls/ahead.ts';
import { cutting } from './controls/cutting.ts';
import { openDesk, type Desk } from './desk.ts';
import { inWords } from './overtaking.ts';
import { aLine, fromNow } from './stage.ts';
import { contradictions, sweep } from './sweep.ts';

const first = Number(process.env['STORM_SEED'] ?? Date.now() % 1_000_000_000);
let state = first;
const random = (): number => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return (state >>> 8) / 2 ** 24;
};
const below = (most: number): number => Math.floor(random() * most);
const lately = <One>(all: readonly One[]): One => all[all.length - 1 - below(Math.min(all.length, 30))]!;

interface Stock { readonly id: string; readonly companyId: string }
interface Asked { readonly id: string; readonly eventId: string; readonly companyId: string; revision: number; readonly line: string }

let desk: Desk;
const stock: Stock[] = [];
const given: GivenOrder[] = [];
const again: GivenOrder[] = [];
const asked: Asked[] = [];

beforeAll(async () => {
  desk = await openDesk();
  for (const companyId of [desk.companyId, uuid7(), uuid7()])
    for (let shelf = 0; shelf < 3; shelf++) stock.push({ id: await desk.equipment(12, { company_id: companyId }), companyId });
});
afterAll(() => desk.drop());

const anyOf = (companyId: string): string => { const own = stock.filter((one) => one.companyId === companyId); return own[below(own.length)]!.id; };

/** One heard before, one that is changed or cancelled, or a new one; of a few, more is asked than there is. */
function someOrder(): GivenOrder {
  const what = random();
  if (what < 0.1 && given.length > 0) {
    again.push(lately(given));
    return again.at(-1)!;
  }
  if (what < 0.13 && asked.length > 0) {
    const one = lately(asked);
    const from = below(3_000);
    const lines = random() < 0.4 ? [] : [aLine(anyOf(one.companyId), 1 + below(4), from, from + 4, { id: one.line })];
    given.push(desk.order([{ id: one.id, revision: ++one.revision, lines }], { eventId: one.eventId, companyId: one.companyId }));
    return given.at(-1)!;
  }
  const { companyId } = stock[below(stock.length)]!;
  const eventId = random() < 0.2 ? asked.findLast((one) => one.companyId === companyId)?.eventId ?? uuid7() : uuid7();
  given.push(desk.order(Array.from({ length: random() < 0.2 ? 2 : 1 }, () => {
    const one: Asked = { id: uuid7(), eventId, companyId, revision: 1, line: uuid7() };
    asked.push(one);
    const from = below(3_000);
    return { id: one.id, allowPartial: random() < 0.2, lines: [aLine(anyOf(companyId), random() < 0.06 ? 13 : 1 + below(5), from, from + 4, { id: one.line })] };
  }), { eventId, companyId }));
  return given.at(-1)!;
}

/** Batches under way at once. What fails is heard again, as from the stream. */
const settle = (writer: Settling, hands: number): Promise<unknown> => Promise.all(Array.from({ length: hands }, async () => {
  const batch = Array.from({ length: 1 + below(4) }, someOrder);
  for (let tries = 0; tries < 8; tries++) if (await writer.settle(batch).then(() => true, () => false)) return;
}));

async function somebodyElse(): Promise<void> {
  const { id, companyId } = stock[below(stock.length)]!;
  await desk.operate('patchEquipment', { companyId, id, ...(random() < 0.5 ? { quantityTotal: 9 + below(6) } : { turnaroundMinutes: below(3) * 60 }) });
  if (random() < 0.3) await desk.operate(
    'openMaintenance', { companyId, equipmentId: id, quantity: 1, priority: 'low', problem: 'hums', startsAt: fromNow(-1), expectedEndAt: fromNow(1) });
}

test(`writers in a storm know what the rows say, and decide everything once (STORM_SEED=${first})`, async () => {
  const through = cutting(0.02, random);
  const writers = [await desk.writer({ through, known: eager() }), await desk.writer({ through }), await desk.writer({ through, known: openKnown(40) })];
  for (let round = 0; round < 60; round++) {
    const writer = writers[below(writers.length)]!;
    for (let turn = 0; turn < 8; turn++) await settle(writer, 1 + below(3));
    if (random() < 0.1) await Promise.all(writers.map((one) => settle(one, 2)));
    if (random() < 0.3) await somebodyElse();
    for (const heard of again.splice(0).slice(-8)) {
      const line = heard.reservations[0]!.lines[0];
      if (!line) continue;
      const wish = desk.order([{ lines: [aLine(line.equipmentId, 6 + below(6), line.from, line.to)] }], { companyId: heard.companyId });
      const rows = (await desk.byRows([wish])).map(inWords);
      const known = await writer.settle([wish]).then((decided) => decided.map(inWords), () => []);
      // After a commit that nobody knew of it was decided, and is not decided again.
      if (known.length > 0) expect(known).toEqual(rows);
    }
    expect(await sweep(desk.db)).toEqual([]);
  }
  expect(writers.reduce((sum, { counted }) => sum + counted.ahead, 0)).toBeGreaterThan(50);
  expect(await contradictions(desk.db)).toEqual([]);
  expect(await desk.db.query(`select aggregate_id from outbox where aggregate_id in (select id from reservation) group by 1
    having count(*) <> max(sequence) or count(distinct sequence) <> count(*)`)).toEqual([]);
  expect(await desk.db.query(`select d.reservation_id, d.revision from decision d
    left join outbox o on o.aggregate_id = d.reservation_id and o.message::jsonb -> 'data' ->> 'revision' = d.revision::text
    and o.message::jsonb -> 'data' ? 'outcome' group by 1, 2 having count(o.id) <> 1`)).toEqual([]);
}, 180_000);
