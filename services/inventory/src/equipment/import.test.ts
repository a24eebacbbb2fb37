import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isText } from '@regie/contracts';
import { builtInCategories } from '../categories/built-in.ts';
import { belowPromised, itemOf, type Item } from './equipment.ts';
import { keepPromises, lookedFor, planImport, type Known } from './import.ts';
import { lineOf, type Line } from './stock-list.ts';
import { readStockList, writeStockList, type StockList } from './stock-list.csv.ts';

const aLine = (cells: Line['cells'], line = 2): Line => ({ line, cells: { name: 'K2', category: 'SON', quantity: '4', ...cells } });
const known = (over: Partial<Item> = {}, serials: readonly (string | null)[] = []): Known => ({
  version: 1, item: { ...itemOf({ name: 'K2', category: 'sound', quantityTotal: 4 }, { id: 'k2', reference: 'EQ-SON-001', now: new Date(0) }), ...over },
  pieces: serials.map((serial, index) => ({ id: `u${index}`, serial })),
});
const plan = (lines: readonly Line[], ...there: readonly Known[]) => planImport(lines, builtInCategories, there);
const rejected = (cells: Line['cells'], ...there: readonly Known[]) => plan([aLine(cells)], ...there).rejected.map(({ field, why }) => [field, why.code]);

describe('a line of a stock list', () => {
  test('that names nothing known is new, with all that its cells say', () => {
    const { news } = plan([aLine({ subcategory: 'line_array', brand: 'L-Acoustics', model: 'K2', weight_kg: '56,5', daily_rate: '75.00', purchase_price: '8800' })]);
    expect(news).toEqual([{ kind: 'new', line: 2, code: 'SON', serials: [], pieces: 0, creation: {
      name: 'K2', category: 'sound', quantityTotal: 4, tracking: 'bulk', subcategory: 'line_array', brand: 'L-Acoustics', model: 'K2', weightGrams: 56_500,
      dailyRate: { amount: 7_500, currency: 'EUR' }, purchasePrice: { amount: 880_000, currency: 'EUR' },
    } }]);
  });

  test('changes what its reference names, and keeps what its empty cells say nothing of', () => {
    const there = known({ brand: 'L-Acoustics', weightGrams: 56_000, dailyRate: { amount: 7_500, currency: 'EUR' } });
    const { changes, news } = plan([aLine({ reference: 'EQ-SON-001', name: 'K2 II', quantity: '6', daily_rate: '80' })], there);
    expect(news).toEqual([]);
    expect(changes).toMatchObject([{ line: 2, item: { ...there.item, name: 'K2 II', quantityTotal: 6, dailyRate: { amount: 8_000, currency: 'EUR' } } }]);
  });

  test('without a reference is the equipment of its category, brand, model and name', () => {
    const there = known({ brand: 'L-Acoustics', model: 'K2' });
    expect(plan([aLine({ brand: 'L-Acoustics', model: 'K2', quantity: '6' })], there).changes).toHaveLength(1);
    expect(plan([aLine({ brand: 'L-Acoustics', quantity: '6' })], there).news).toHaveLength(1);
    expect(plan([aLine({ brand: 'L-Acoustics', model: 'K2', category: 'VIDEO' })], there).news).toHaveLength(1);
  });

  test('that says what is there already changes nothing', () => {
    expect(plan([aLine({ quantity: '4' })], known({ brand: null }))).toEqual({ news: [], changes: [], rejected: [] });
  });

  test('is refused for every cell that is wrong, each with its column', () => {
    expect(rejected({
      name: 'x'.repeat(201), category: 'Son et lumière', subcategory: 'Line array', quantity: 'some',
      weight_kg: '0', daily_rate: '-1', purchase_price: '1 000', currency: 'eur', serial_numbers: 'a|a',
    })).toEqual([
      ['name', 'request.invalid'], ['category', 'category.unknown'], ['quantity', 'request.invalid'],
      ['weight_kg', 'request.invalid'], ['subcategory', 'request.invalid'], ['currency', 'request.invalid'],
      ['serial_numbers', 'request.invalid'], ['daily_rate', 'request.invalid'], ['purchase_price', 'request.invalid'],
    ]);
    expect(plan([{ line: 7, cells: {} }]).rejected.map(({ line, field }) => [line, field])).toEqual([[7, 'name'], [7, 'category'], [7, 'quantity']]);
  });

  test('is refused when its reference is unknown, when it could be several, and when an earlier line spoke of the same', () => {
    expect(rejected({ reference: 'EQ-SON-999' })).toEqual([['reference', 'not-found']]);
    expect(rejected({}, known(), known({ id: 'other', reference: 'EQ-SON-002' }))).toEqual([['reference', 'request.invalid']]);
    expect(plan([aLine({}), aLine({}, 3)]).rejected).toMatchObject([{ line: 3, field: null }]);
    expect(plan([aLine({ reference: 'EQ-SON-001', quantity: '5' }), aLine({ quantity: '6' }, 3)], known()).rejected).toMatchObject([{ line: 3 }]);
  });

  test('after a refused one about the same equipment is taken', () => {
    expect(plan([aLine({ daily_rate: '1.234' }), aLine({}, 3)]).news).toMatchObject([{ line: 3 }]);
  });

  test('counts amounts in its currency, else in that of the equipment, else in euros', () => {
    const yen = known({ purchasePrice: { amount: 900_000, currency: 'JPY' } });
    expect(plan([aLine({ daily_rate: '12.50' })]).news[0]?.creation.dailyRate).toEqual({ amount: 1_250, currency: 'EUR' });
    expect(plan([aLine({ daily_rate: '1250' })], yen).changes[0]?.item.dailyRate).toEqual({ amount: 1_250, currency: 'JPY' });
    expect(rejected({ daily_rate: '12.50' }, yen)).toEqual([['daily_rate', 'request.invalid']]);
    expect(rejected({ daily_rate: '12.50', currency: 'EUR' }, yen)).toEqual([['currency', 'money.currency-mismatch']]);
  });

  test('with serial numbers is tracked piece by piece', () => {
    expect(plan([aLine({ serial_numbers: 'A1 | A2|' })]).news).toMatchObject([{ creation: { tracking: 'serialised', quantityTotal: 4 }, serials: ['A1', 'A2'], pieces: 4 }]);
    expect(rejected({ serial_numbers: 'A|B|C|D|E' })).toEqual([['serial_numbers', 'request.invalid']]);
    expect(rejected({ serial_numbers: 'A' }, known())).toEqual([['serial_numbers', 'request.invalid']]);
  });

  test('gives new serial numbers to pieces without one, then to those it adds; known ones say nothing', () => {
    const there = known({ tracking: 'serialised', quantityTotal: 3 }, ['A', null, 'C']);
    expect(plan([aLine({ quantity: '4', serial_numbers: 'C|D|E' })], there).changes).toMatchObject([{ named: [{ unitId: 'u1', serial: 'D' }], serials: ['E'], pieces: 1 }]);
    expect(plan([aLine({ quantity: '3', serial_numbers: 'A|C' })], there)).toMatchObject({ changes: [], rejected: [] });
    expect(rejected({ quantity: '3', serial_numbers: 'X|Y' }, there)).toEqual([['serial_numbers', 'request.invalid']]);
    expect(rejected({ quantity: '2' }, there)).toEqual([['quantity', 'maintenance.units-required']]);
  });

  test('does not take away what is promised, and the others are taken', () => {
    const planned = plan([aLine({ quantity: '1' }), aLine({ name: 'K3', quantity: '1' }, 3)], known());
    const kept = keepPromises(planned, new Map([['k2', 2]]), belowPromised);
    expect(kept.rejected).toMatchObject([{ line: 2, field: 'quantity', why: { code: 'equipment.total-below-promised' } }]);
    expect([kept.changes, kept.news.length]).toEqual([[], 1]);
    expect(keepPromises(planned, new Map([['k2', 1]]), belowPromised).changes).toHaveLength(1);
  });
});

test('more pieces than one import adds are refused, line by line', () => {
  const lines = Array.from({ length: 3 }, (_, index) => aLine({ name: `N${index}`, quantity: '9000', serial_numbers: 'A' }, index + 2));
  expect(plan(lines)).toMatchObject({ news: [{ line: 2 }, { line: 3 }], rejected: [{ line: 4, field: 'quantity', why: { code: 'request.too-large' } }] });
});

test('whatever is in stock, importing its export again changes nothing', () => {
  const text = fc.string(
    { unit: fc.constantFrom('a', 'é', 'e\u0301', ' ', ',', ';', '"', "'", '=', '+', '-', '|', '\n', '\r', '\t', '𝄞'), minLength: 1, maxLength: 12 })
    .filter(isText);
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const serial = fc.string({ unit: fc.constantFrom('a', 'B', '1', '-', '=', "'", '+', '.'), minLength: 1, maxLength: 6 }).filter(isText);
  const anything = fc.uniqueArray(fc.record({
    name: text, category: fc.constantFrom('sound', 'video', 'lighting'), subcategory: maybe(fc.constantFrom('line_array', 'x1')),
    brand: maybe(text), model: maybe(text), weightGrams: maybe(fc.integer({ min: 1, max: 100_000_000 })),
    currency: fc.constantFrom('EUR', 'JPY', 'TND'), rate: maybe(fc.integer({ min: 0, max: 1_000_000_000_000 })),
    price: maybe(fc.integer({ min: 0, max: 1_000_000 })), value: maybe(fc.integer({ min: 0, max: 1_000_000 })),
    quantityTotal: fc.integer({ min: 0, max: 40 }), serials: maybe(fc.uniqueArray(maybe(serial), { maxLength: 4, selector: (one) => one ?? {} })),
  }), { maxLength: 6, selector: ({ name }) => name });
  fc.assert(fc.property(anything, (stock) => {
    const there = stock.map(({ currency, rate, price, value, serials, ...rest }, index) => known({
      ...rest, id: `id${index}`, reference: `EQ-SON-${index}`, dailyRate: rate === null ? null : { amount: rate, currency },
      purchasePrice: price === null ? null : { amount: price, currency },
      replacementValue: value === null ? null : { amount: value, currency }, ...(serials === null ? {} : { tracking: 'serialised' as const, quantityTotal: serials.length }),
    }, serials ?? []));
    const codes = new Map(builtInCategories.map(({ key, code }) => [key, code]));
    const cells = there.map(({ item, pieces }) => lineOf(item, codes.get(item.category)!, pieces.flatMap(({ serial: own }) => own ?? [])));
    expect(cells.flat().filter((cell) => /^\s*[=+\-@]/.test(cell))).toEqual([]);
    const list = readStockList(writeStockList(cells, { header: true })) as StockList;
    expect(list.lines).toHaveLength(there.length);
    expect(lookedFor(list.lines, builtInCategories).references).toEqual(there.map(({ item }) => item.reference));
    expect(planImport(list.lines, builtInCategories, there)).toEqual({ news: [], changes: [], rejected: [] });
  }), { numRuns: 300 });
});
