/** Reads one line of a stock list: every cell that is wrong is said at once. */
import { refuse, type ProblemCode, type Refusal } from '@regie/contracts';
import { categoryNamed, type Category } from '../categories/category.ts';
import { readCount, readDecimal, readText, type Column, type Line } from './stock-list.ts';

/** A line whose cells can be read. What its cell leaves empty is null: it says nothing. */
export interface StockLine {
  readonly line: number;
  readonly reference: string | null;
  readonly name: string;
  readonly category: Category;
  readonly subcategory: string | null;
  readonly brand: string | null;
  readonly model: string | null;
  readonly quantity: number;
  readonly weightGrams: number | null;
  /** Decimals as they stand: what they are worth depends on the currency. */
  readonly dailyRate: string | null;
  readonly purchasePrice: string | null;
  readonly serials: readonly string[];
  readonly currency: string | null;
}

/** Why a cell, or with null the line, is refused. */
export interface Wrong { readonly field: Column | null; readonly why: Refusal }

export const wrong = (field: Column | null, en: string, fr: string, code: ProblemCode = 'request.invalid'): Wrong => ({ field, why: refuse(code, { en, fr }) });

const longest = 200;
/** 10,000 pieces with their serial numbers still fit into one line of an export. */
const longestSerial = 100;
const decimal = (field: Column) =>
  wrong(field, 'Write a number such as 12.50 or 12,50, without spaces or signs.', 'Écrivez un nombre comme 12,50 ou 12.50, sans espaces ni signes.');

export function readLine({ line, cells }: Line, categories: readonly Category[]): StockLine | { readonly wrongs: readonly Wrong[] } {
  const wrongs: Wrong[] = [];
  /** Reads a cell that may be empty. */
  const read = <T>(field: Column, reader: (cell: string) => T | null, otherwise: () => Wrong): T | null => {
    const cell = cells[field];
    if (cell === undefined) return null;
    const value = reader(cell);
    if (value === null) wrongs.push(otherwise());
    return value;
  };
  const text = (field: Column, max = longest) =>
    read(field, (cell) => readText(cell, max), () => wrong(field, `At most ${max} readable characters.`, `Au plus ${max} caractères lisibles.`));
  const number = (field: Column) => read(field, (cell) => (readDecimal(cell, 4, Infinity) === null ? null : cell), () => decimal(field));

  const name = text('name');
  if (cells.name === undefined) wrongs.push(wrong('name', 'A name is required.', 'Un nom est requis.'));
  const category = read('category', (cell) => categoryNamed(categories, cell) ?? null, () =>
    wrong('category', 'There is no such category. Its key or its code is asked for.',
      'Cette catégorie n’existe pas. C’est sa clé ou son code qui est demandé.', 'category.unknown'));
  if (cells.category === undefined) wrongs.push(wrong('category', 'A category is required.', 'Une catégorie est requise.'));
  const quantity = read('quantity', (cell) => readCount(cell, 1_000_000_000), () => wrong('quantity', 'Write a whole number such as 12.', 'Écrivez un nombre entier comme 12.'));
  if (cells.quantity === undefined) wrongs.push(wrong('quantity', 'A quantity is required.', 'Une quantité est requise.'));
  const weightGrams = read('weight_kg', (cell) => readDecimal(cell, 3, 100_000_000) || null, () =>
    wrong('weight_kg', 'Write kilograms such as 12.5, down to the gram.', 'Écrivez des kilogrammes comme 12,5, au gramme près.'));
  const subcategory = read('subcategory', (cell) => (/^[a-z0-9_]{2,30}$/.test(cell) ? cell : null), () =>
    wrong('subcategory', 'A key such as "line_array": small letters, digits and underscores.', 'Une clé comme « line_array » : minuscules, chiffres et tirets bas.'));
  const currency = read('currency', (cell) => (/^[A-Z]{3}$/.test(cell) ? cell : null), () =>
    wrong('currency', 'Three capital letters such as EUR.', 'Trois majuscules comme EUR.'));
  const serials = read('serial_numbers', readSerials, () => wrong(
    'serial_numbers', 'Different serial numbers of at most 100 characters, with | between them.',
    'Des numéros de série différents de 100 caractères au plus, séparés par |.'));
  const rest = { reference: text('reference', 40), brand: text('brand'), model: text('model'), dailyRate: number('daily_rate'), purchasePrice: number('purchase_price') };
  if (wrongs.length > 0 || name === null || category === null || quantity === null) return { wrongs };
  return { line, name, category, quantity, weightGrams, subcategory, currency, serials: serials ?? [], ...rest };
}

function readSerials(cell: string): readonly string[] | null {
  const serials = cell.split('|').map((serial) => serial.trim()).filter((serial) => serial !== '');
  return serials.every((serial) => readText(serial, longestSerial) !== null) && new Set(serials).size === serials.length ? serials : null;
}
