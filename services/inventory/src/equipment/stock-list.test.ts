import { expect, test } from '@jest/globals';
import { isRefusal } from '@regie/contracts';
import fc from 'fast-check';
import { defused, readCount, readDecimal, restored, tidy, writeDecimal, columns, decimalsOf } from './stock-list.ts';
import { readStockList, writeStockList } from './stock-list.csv.ts';

const read = (text: string) => {
  const list = readStockList(text);
  if (isRefusal(list)) throw new Error(list.detail.en);
  return list;
};

test('a list is read with commas or semicolons, with or without a BOM, and with any line ends', () => {
  const expected = [{ line: 2, cells: { name: 'K2', category: 'SON', quantity: '4' } }];
  for (const text of [
    'name,category,quantity\nK2,SON,4\n', '\uFEFFname;category;quantity\r\nK2;SON;4',
    'Name , CATEGORY,quantity\rK2, SON ,4\r', 'category,quantity,name,brand\nSON,4,K2,\n',
  ]) {
    expect(read(text).lines).toEqual(expected);
  }
});

test('an inch is not a quotation mark, and a cell may go over lines', () => {
  expect(read('name,category,quantity\n19" rack,SON,4\n\n"two\nlines",SON,1\nlast,SON,1').lines).toEqual([
    { line: 2, cells: { name: '19" rack', category: 'SON', quantity: '4' } },
    { line: 4, cells: { name: 'two\nlines', category: 'SON', quantity: '1' } }, { line: 6, cells: { name: 'last', category: 'SON', quantity: '1' } },
  ]);
});

test('a line with too many or too few cells is named, and the others are read', () => {
  expect(read('name,category,quantity\na,SON\nb,SON,1\nc,SON,1,2\n')).toEqual({ misshapen: [2, 4], lines: [{ line: 3, cells: { name: 'b', category: 'SON', quantity: '1' } }] });
});

test.each([
  ['no text', ''], ['not UTF-8', 'name,category,quantity\nR\uFFFDgie,SON,1'],
  ['binary', 'PK\u0003\u0004\0'], ['a quotation mark not closed', 'name,category,quantity\n"K2,SON,4\n'],
  ['an unknown column', 'name,category,quantity,colour\n'], ['a column missing', 'name,category\n'], ['a column twice', 'name,category,quantity,name\n'], ['JSON', '{"name":"K2"}'],
])('%s is refused as a whole', (_, text) => {
  expect(readStockList(text)).toMatchObject({ code: 'file.refused' });
});

test('decimals are read with a point or a comma, exactly, and no further than the unit goes', () => {
  expect(['12', '12.5', '12,50', '0.01', '1000000000.99'].map((cell) => readDecimal(cell, 2, 1e12))).toEqual([1200, 1250, 1250, 1, 100000000099]);
  expect(['', '-1', '1.234', '1 000', '1.000,00', '1e3', '=1', '.5', '5.', 'NaN'].map((cell) => readDecimal(cell, 2, 1e12))).toEqual(Array.from({ length: 10 }, () => null));
  expect(readDecimal('12', 0, 1e12)).toBe(12);
  expect(readDecimal('12.0', 0, 1e12)).toBeNull();
  expect([decimalsOf('EUR'), decimalsOf('JPY'), decimalsOf('TND')]).toEqual([2, 0, 3]);
});

test('a quantity is a whole number', () => {
  expect(['0', '12', '1000000000', '1000000001', '-1', '1.5', 'some', ''].map((cell) => readCount(cell, 1_000_000_000)))
    .toEqual([0, 12, 1_000_000_000, null, null, null, null, null]);
});

test('what is written as a decimal is read as the same number', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000_000_000 }), fc.integer({ min: 0, max: 4 }), (value, decimals) =>
    readDecimal(writeDecimal(value, decimals), decimals, 1_000_000_000_000) === value));
});

test('cells that a spreadsheet would calculate get an apostrophe, which the import takes off again', () => {
  expect(['=1+1', '+33', '-10 dB', '@x', '\tx', '\rx', '＝1', ' =1'].map(defused)).toEqual(["'=1+1", "'+33", "'-10 dB", "'@x", "'\tx", "'\rx", "'＝1", "' =1"]);
  expect(["l'été", "'90s", 'a=b', '', "'"].map(defused)).toEqual(["l'été", "'90s", 'a=b', '', "'"]);
  const hostile = fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', ' ', 'a', '＝') });
  fc.assert(fc.property(hostile, (cell) => restored(defused(cell)) === cell && !/^[=+\-@\t\r\n]/.test(defused(cell))));
});

test('whatever is written is read again', () => {
  const cell = fc.oneof(fc.string({ unit: fc.constantFrom(',', ';', '"', "'", '\n', '\r', ' ', '=', 'é', 'x', '|') }), fc.string());
  fc.assert(fc.property(fc.array(fc.array(cell, { minLength: columns.length, maxLength: columns.length }), { maxLength: 5 }), (lines) => {
    const readable = lines.map((line) => line.map((one) => one.replaceAll(/[\0\uFFFD]/g, 'x')).map((one, index) => (index === 0 ? `R${one}` : one)));
    const list = read(writeStockList(readable.map((line) => line.map(defused)), { header: true }));
    expect(list.lines.map(({ cells }) => columns.map((column) => cells[column] ?? ''))).toEqual(readable.map((line) => line.map(tidy)));
  }));
});
