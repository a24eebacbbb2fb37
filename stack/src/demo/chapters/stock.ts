import type { Client } from '../client.ts';
import { expected, holds } from '../client.ts';
import type { Narrator } from '../narrator.ts';
import type { Equipment, ImportReport, Page } from '../shapes.ts';
import { stockCsv, stockRows } from '../stock.ts';

/** The company's equipment as the API lists it, found by brand and model, or named by id. */
export interface Stock {
  find(brand: string, model: string): Equipment;
  nameOf(equipmentId: string): string;
}

/** Imports the stock list: a dry run with one bad line added, then for real; and reads back what there is now. */
export const stockChapter = async (story: Narrator, http: Client): Promise<Stock> => {
  const csv = await stockCsv();
  const rows = stockRows(csv);
  story.chapter({ en: 'The stock comes in', fr: 'Le stock entre' });

  story.say({
    en: 'A dry run first, with a line at the end whose quantity makes no sense:',
    fr: 'À blanc d’abord, avec en dernière ligne une quantité qui n’a pas de sens :',
  });
  const bad = `${csv.trimEnd()}\nNobody counted this,SON,stand,Example,One,some,,1.00,1.00,\n`;
  const dry = expected(await http.post<ImportReport>('/api/equipment/import?dryRun=true', { csv: bad }), 200);
  for (const { line, field, code, message } of dry.rejected)
    story.detail({ en: `line ${line}, ${field}: ${message} (${code})`, fr: `ligne ${line}, ${field} : ${message} (${code})` });
  holds('A dry run reports the bad line, and would create the others.', dry.created === rows.length && dry.rejected.length === 1, dry);
  const untouched = expected(await http.get<Page<Equipment>>('/api/equipment?limit=1'), 200);
  holds('A dry run writes nothing.', untouched.items.length === 0, untouched);

  story.say({ en: `Now the list itself, ${rows.length} models:`, fr: `Puis la liste elle-même, ${rows.length} modèles :` });
  const real = expected(await http.post<ImportReport>('/api/equipment/import?dryRun=false', { csv }), 200);
  holds('Every line of the list is taken.', real.created === rows.length && real.rejected.length === 0, real);
  const items = await everyEquipment(http);
  holds('What was imported is what there is.', items.length === real.created, { listed: items.length, created: real.created });
  const pieces = items.reduce((sum, item) => sum + item.quantityTotal, 0);
  story.detail({ en: `${items.length} models, ${pieces} pieces in stock`, fr: `${items.length} modèles, ${pieces} pièces en stock` });
  return stockOf(items);
};

const everyEquipment = async (http: Client): Promise<Equipment[]> => {
  const items: Equipment[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Equipment> = expected(
      await http.get<Page<Equipment>>(`/api/equipment?limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`),
      200,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
};

const stockOf = (items: Equipment[]): Stock => {
  const byId = new Map(items.map((item) => [item.id, item]));
  return {
    find: (brand, model) => {
      const item = items.find((one) => one.brand === brand && one.model === model);
      if (item === undefined) throw new Error(`The stock list has no ${brand} ${model}.`);
      return item;
    },
    nameOf: (id) => {
      const item = byId.get(id);
      return item === undefined ? id : `${item.reference} ${item.name}`;
    },
  };
};
