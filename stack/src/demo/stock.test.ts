import { expect, test } from '@jest/globals';
import { stockCsv, stockRows } from './stock.ts';

const rows = stockRows(await stockCsv());
const of = (category: string) => rows.filter((row) => row.category === category);

test('the stock list has at least 150 models, and enough of each trade', () => {
  expect(rows.length).toBeGreaterThanOrEqual(150);
  expect(of('SON').length).toBeGreaterThanOrEqual(50);
  expect(of('VIDEO').length).toBeGreaterThanOrEqual(50);
  expect(of('LUMIERE').length).toBeGreaterThanOrEqual(60);
  expect(of('SON').length + of('VIDEO').length + of('LUMIERE').length).toBe(rows.length);
});

test('no model is listed twice, so that importing it again updates and never doubles', () => {
  const keys = rows.map(({ category, brand, model, name }) => [category, brand, model, name].join('|').toLowerCase());
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});

test('every row says what it is, how many there are and what a day costs', () => {
  const money = /^\d+\.\d{2}$/;
  const wrong = rows.filter(
    (row) =>
      !row.name ||
      !row.brand ||
      !row.model ||
      !/^[a-z0-9_]{2,30}$/.test(row.subcategory) ||
      !/^[1-9]\d*$/.test(row.quantity) ||
      !money.test(row.daily_rate) ||
      !money.test(row.purchase_price),
  );
  expect(wrong).toEqual([]);
});

test('a weight stands only where it is known from the maker: on lighting, and there on every row', () => {
  expect(rows.filter((row) => row.category !== 'LUMIERE' && row.weight_kg !== '')).toEqual([]);
  expect(of('LUMIERE').filter((row) => !(Number(row.weight_kg) > 0))).toEqual([]);
});

test('every model has another of its subcategory, which can be offered in its place', () => {
  const alone = rows.filter((row) => rows.filter(({ subcategory }) => subcategory === row.subcategory).length < 2);
  expect(alone).toEqual([]);
});

test('a line with a field too many is not taken for another one', () => {
  expect(() => stockRows('name,category\n')).toThrow('begins with');
  expect(() => stockRows(`${Object.keys(rows[0] ?? {}).join(',')}\na,b\n`)).toThrow('Line 2');
});
