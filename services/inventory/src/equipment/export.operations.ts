/** Gives the stock out as a list, in the form the import reads. */
import { isRefusal, type equipmentOperations as contract } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import type { Tx } from '@regie/store';
import { codesOf } from '../categories/category.store.ts';
import { pageForExport } from './equipment-list.store.ts';
import { lineOf } from './stock-list.ts';
import { writeStockList } from './stock-list.csv.ts';
import { piecesOf } from './unit.store.ts';

const rowsOfPage = 500;
/** Characters of a page. A message of the bus holds 4 MB; serial numbers can make few lines long. */
const longestPage = 1_000_000;

async function pageOf(tx: Tx, cursor: string | undefined, limit: number) {
  const page = await pageForExport(tx, cursor, limit);
  if (isRefusal(page)) return page;
  const codes = await codesOf(tx);
  const pieces = await piecesOf(tx, page.items.filter(({ tracking }) => tracking === 'serialised').map(({ id }) => id));
  const lines = page.items.map((item) =>
    lineOf(item, codes.get(item.category) ?? item.category, (pieces.get(item.id) ?? []).flatMap(({ serial }) => (serial === null ? [] : [serial]))));
  return { chunk: writeStockList(lines, { header: cursor === undefined }), nextCursor: page.nextCursor };
}

export const exportOperations: HandlersIn<Pick<typeof contract, 'exportEquipment'>> = {
  async exportEquipment({ cursor }, { tx }) {
    let limit = rowsOfPage;
    for (;;) {
      const page = await pageOf(tx, cursor, limit);
      if (isRefusal(page) || page.chunk.length <= longestPage || limit === 1) return page;
      limit = Math.max(1, Math.floor((limit * longestPage) / page.chunk.length / 2));
    }
  },
};
