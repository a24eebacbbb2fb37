import { readFile } from 'node:fs/promises';

/** One line of the stock list, as text, in the import's own columns. */
export type StockRow = Record<(typeof stockColumns)[number], string>;

/** The columns of `POST /api/equipment/import`, in its order. */
export const stockColumns = [
  'name',
  'category',
  'subcategory',
  'brand',
  'model',
  'quantity',
  'weight_kg',
  'daily_rate',
  'purchase_price',
  'serial_numbers',
] as const;

/** The demo's stock list (see stock.md) as it is sent to the import: CSV in UTF-8 with a header line. */
export const stockCsv = (): Promise<string> => readFile(new URL('./stock.csv', import.meta.url), 'utf8');

/**
 * The rows of a stock list without quoted fields, which ours is. A line with too few or too many fields throws:
 * the list is part of the repository, so that is a mistake in it and not bad input.
 */
export const stockRows = (csv: string): StockRow[] => {
  const [header = '', ...lines] = csv.trimEnd().split('\n');
  if (header !== stockColumns.join(',')) throw new Error(`The stock list begins with "${header}".`);
  return lines.map((line, index) => {
    const fields = line.split(',');
    if (fields.length !== stockColumns.length) throw new Error(`Line ${index + 2} of the stock list has ${fields.length} fields.`);
    return Object.fromEntries(stockColumns.map((column, at) => [column, fields[at] ?? ''])) as StockRow;
  });
};
