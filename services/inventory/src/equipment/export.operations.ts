/** Gives the stock out as a list, in the form the import reads. */
import { isRefusal, type equipmentOperations as contract } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { codesOf } from '../categories/category.store.ts';
import { pageForExport } from './equipment-list.store.ts';
import { lineOf } from './stock-list.ts';
import { writeStockList } from './stock-list.csv.ts';
import { piecesOf } from './unit.store.ts';

export const exportOperations: HandlersIn<Pick<typeof contract, 'exportEquipment'>> = {
  async exportEquipment({ cursor }, { tx }) {
    const page = await pageForExport(tx, cursor);
    if (isRefusal(page)) return page;
    const codes = await codesOf(tx);
    const pieces = await piecesOf(tx, page.items.filter(({ tracking }) => tracking === 'serialised').map(({ id }) => id));
    const lines = page.items.map((item) => lineOf(item, codes.get(item.category) ?? item.category, (pieces.get(item.id) ?? []).flatMap(({ serial }) => (serial === null ? [] : [serial]))));
    return { chunk: writeStockList(lines, { header: cursor === undefined }), nextCursor: page.nextCursor };
  },
};
