/** Takes a stock list into stock. */
import { equipmentFacts, isRefusal, refuse, type Caller, type equipmentOperations as contract } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, uuid7, type Tx } from '@regie/store';
import { holdCategories } from '../categories/category.store.ts';
import { lockPartition } from '../reservations/partition.store.ts';
import { refreshShortages } from '../reservations/shortage.reactions.ts';
import { belowPromised, itemOf, referenceOf } from './equipment.ts';
import { takeNumbers } from './equipment.store.ts';
import { keepPromises, lookedFor, planImport, type Plan, type Rejected } from './import.ts';
import { wrong } from './import-line.ts';
import { findKnown } from './import.store.ts';
import { promisedOf } from './promised.store.ts';
import { addStock, changeStock, type NewStock } from './stocking.store.ts';
import { readStockList, type StockList } from './stock-list.csv.ts';

const { equipmentCreated, equipmentChanged } = equipmentFacts;
/** Most lines of one request. */
const mostLines = 2_000;

/** What the list does, and the promises it may not break. */
async function plan(tx: Tx, { lines, misshapen }: StockList): Promise<Plan> {
  const categories = await holdCategories(tx);
  const planned = planImport(lines, categories, await findKnown(tx, lookedFor(lines, categories)));
  const lowered = planned.changes.filter(({ before, item }) => item.quantityTotal < before.item.quantityTotal).map(({ item }) => item.id);
  const kept = lowered.length === 0 ? planned : keepPromises(planned, await promisedOf(tx, lowered), belowPromised);
  const shapeless = misshapen.map((line) => ({ line, ...wrong(null, 'This line has not as many cells as the header.', 'Cette ligne n’a pas autant de cellules que l’en-tête.') }));
  return { ...kept, rejected: [...kept.rejected, ...shapeless].toSorted((a, b) => a.line - b.line) };
}

/** New equipment with its references, in the order of the lines. */
async function numbered(tx: Tx, news: Plan['news']): Promise<NewStock[]> {
  const next = await takeNumbers(tx, new Map([...Map.groupBy(news, ({ code }) => code)].map(([code, own]) => [code, own.length])));
  // All are of one instant: sorted ids keep the order of the lines in lists by age.
  const ids = news.map(() => uuid7(tx.now.getTime())).toSorted();
  return news.map(({ creation, code, serials }, index) => {
    const number = next.get(code)!;
    next.set(code, number + 1);
    return { item: itemOf(creation, { id: ids[index]!, reference: referenceOf(code, number), now: tx.now }), serials };
  });
}

const told = ({ line, field, why }: Rejected, { language }: Caller) => ({ line, field, code: why.code, message: why.detail[language] });

export const importOperations: HandlersIn<Pick<typeof contract, 'importEquipment'>> = {
  /** `created` and `updated` count what changed; a line that says what is there already is neither. */
  async importEquipment({ text, dryRun = false }, { tx, tell, caller }) {
    const list = readStockList(text);
    if (isRefusal(list)) return list;
    const count = list.lines.length + list.misshapen.length;
    if (count > mostLines) {
      return refuse('request.too-large', {
        en: `The list has ${count} lines, and one import takes ${mostLines}. Split it, each part with the header.`,
        fr: `La liste a ${count} lignes, et un import en prend ${mostLines}. Divisez-la, chaque partie avec l’en-tête.`,
      });
    }
    // Totals change, and of two imports of one list the second must find what the first brought in.
    if (!dryRun) await lockPartition(tx);
    const { news, changes, rejected } = await plan(tx, list);
    const answer = { created: news.length, updated: changes.length, rejected: rejected.map((one) => told(one, caller)) };
    if (dryRun) return answer;

    for (const { item, version } of await addStock(tx, news.length === 0 ? [] : await numbered(tx, news)))
      tell(equipmentCreated, item, { version, changes: changesBetween({}, item) });
    const changed = await changeStock(tx, changes);
    await refreshShortages(tx, changes.filter(({ before, item }) => item.quantityTotal !== before.item.quantityTotal).map(({ item }) => item.id));
    for (const [index, { item, version }] of changed.entries()) {
      const { before, named, serials } = changes[index]!;
      tell(equipmentChanged, item, { version, changes: {
        ...changesBetween(before.item, item),
        ...(named.length + serials.length > 0 ? { serialNumbers: [null, [...named.map(({ serial }) => serial), ...serials]] } : {}),
      } });
    }
    return answer;
  },
};
