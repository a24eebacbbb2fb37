/** The stock list's form: its columns, and how a value is written in a cell and read from it. */
import { isText, refuse, type Money, type Refusal } from '@regie/contracts';
import type { Item } from './equipment.ts';

/** In the order of an export. A file may have them in any order, and leave out all but `required`. */
export const columns = [
  'reference', 'name', 'category', 'subcategory', 'brand', 'model', 'quantity', 'weight_kg', 'daily_rate', 'purchase_price', 'serial_numbers', 'currency',
] as const;
export type Column = (typeof columns)[number];
const required: readonly Column[] = ['name', 'category', 'quantity'];
/** Amounts are in this currency where neither the line nor the equipment says another. */
export const usualCurrency = 'EUR';

/** One line of a file with the cells it has; a cell that is empty is not among them. */
export interface Line {
  /** As an editor counts: the header is 1. */
  readonly line: number;
  readonly cells: { readonly [Name in Column]?: string };
}

export const fileRefused = (en: string, fr: string): Refusal<'file.refused'> => refuse('file.refused', { en, fr });

/** The columns a header names. An unknown one is refused: a mistyped name would silently lose what stands below it. */
export function readHeader(header: readonly string[]): Column[] | Refusal<'file.refused'> {
  const named = header.map((cell) => cell.trim().toLowerCase());
  const unknown = named.filter((name) => !(columns as readonly string[]).includes(name));
  const said = `${columns.join(',')}`;
  if (unknown.length > 0) {
    const named = unknown.join(', ').slice(0, 200);
    return fileRefused(`The first line names unknown columns (${named}). Known: ${said}.`, `La première ligne nomme des colonnes inconnues (${named}). Connues : ${said}.`);
  }
  if (new Set(named).size < named.length) return fileRefused('The first line names a column twice.', 'La première ligne nomme deux fois la même colonne.');
  const missing = required.filter((name) => !named.includes(name));
  if (missing.length > 0) return fileRefused(`The first line lacks: ${missing.join(', ')}.`, `Il manque à la première ligne : ${missing.join(', ')}.`);
  return named as Column[];
}

/** Text that a spreadsheet would calculate: with what stands before it, it is only shown. */
const formula = /^'*(?:[\t\r\n\0]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/;
/** Puts an apostrophe before what a spreadsheet would take for a formula, and before what already looks so defused. */
export const defused = (cell: string): string => (formula.test(cell) ? `'${cell}` : cell);
/** Takes the apostrophe off again: exactly what `defused` was given. */
export const restored = (cell: string): string => (cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell);

/** As it is kept: composed letters, nothing around it. */
export const tidy = (text: string): string => text.normalize('NFC').trim();

/** @returns null for what is no readable text of at most `max` characters */
export const readText = (cell: string, max: number): string | null => (isText(cell) && Array.from(cell).length <= max ? cell : null);

/** `12`; no signs, no decimals. */
export const readCount = (cell: string, max: number): number | null => (/^\d{1,10}$/.test(cell) && Number(cell) <= max ? Number(cell) : null);

/**
 * `12.5` or `12,5` in units of `10^-decimals`, exactly; no groups of thousands, since `1,234` cannot tell which it is.
 * @returns null for anything else, or when it has more decimals than that
 */
export function readDecimal(cell: string, decimals: number, max: number): number | null {
  const match = /^(\d{1,13})(?:[.,](\d{1,4}))?$/.exec(cell);
  if (!match || (match[2]?.length ?? 0) > decimals) return null;
  const value = Number(match[1]! + (match[2] ?? '').padEnd(decimals, '0'));
  return value <= max ? value : null;
}

/** 12500 with 2 decimals is `125.00`. */
export function writeDecimal(value: number, decimals: number): string {
  const digits = String(value).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Decimals of a currency's minor unit (ISO 4217): 2 for EUR, 0 for JPY. */
export const decimalsOf = (currency: string): number => new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

const amount = (money: Money | null): string => (money ? writeDecimal(money.amount, decimalsOf(money.currency)) : '');

/** The cells of one equipment, in the order of `columns`. */
export function lineOf(item: Item, categoryCode: string, serials: readonly string[]): string[] {
  const currency = (item.dailyRate ?? item.purchasePrice ?? item.replacementValue)?.currency ?? '';
  return [
    item.reference, item.name, categoryCode, item.subcategory ?? '', item.brand ?? '', item.model ?? '', String(item.quantityTotal),
    item.weightGrams === null ? '' : writeDecimal(item.weightGrams, 3), amount(item.dailyRate), amount(item.purchasePrice), serials.join('|'), currency,
  ].map(defused);
}
