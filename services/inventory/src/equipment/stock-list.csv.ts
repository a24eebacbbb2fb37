/** Stock lists as CSV text (RFC 4180): the only place that knows how cells are quoted. */
import type { Refusal } from '@regie/contracts';
import { isRefusal } from '@regie/contracts';
import { parse, CsvError } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { columns, fileRefused, readHeader, restored, tidy, type Column, type Line } from './stock-list.ts';

export interface StockList {
  readonly lines: readonly Line[];
  /** Lines that have more cells or fewer than the header. */
  readonly misshapen: readonly number[];
}

interface Parsed { readonly record: string[]; readonly info: { readonly lines: number } }

const breaks = /\r\n|\r|\n/g;

/** Reads a file with `,` or `;` between the cells, whichever its first line uses. A BOM and empty lines are passed over. */
export function readStockList(text: string): StockList | Refusal<'file.refused'> {
  const csv = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (csv.includes('\uFFFD') || csv.includes('\0'))
    return fileRefused('The file is not UTF-8 text. Save it as "CSV UTF-8".', 'Le fichier n’est pas du texte UTF-8. Enregistrez-le en « CSV UTF-8 ».');
  const parsed = parseCsv(csv);
  if (isRefusal(parsed)) return parsed;
  const [first, ...records] = parsed;
  if (!first) return fileRefused('The file is empty.', 'Le fichier est vide.');
  const header = readHeader(first.record);
  if (isRefusal(header)) return header;
  const lines: Line[] = [];
  const misshapen: number[] = [];
  for (const { record, info } of records) {
    // Where it begins: a cell may go over several lines.
    const line = info.lines - record.reduce((sum, cell) => sum + (cell.match(breaks)?.length ?? 0), 0);
    if (record.every((cell) => cell.trim() === '')) continue;
    if (record.length === header.length) lines.push({ line, cells: cellsOf(header, record) });
    else misshapen.push(line);
  }
  return { lines, misshapen };
}

const cellsOf = (header: readonly Column[], record: readonly string[]): Line['cells'] =>
  Object.fromEntries(header.map((column, index) => [column, tidy(restored(record[index]!))] as const).filter(([, cell]) => cell !== ''));

function parseCsv(csv: string): Parsed[] | Refusal<'file.refused'> {
  const [head = ''] = csv.trimStart().split(/[\r\n]/, 1);
  try {
    return parse(csv, {
      delimiter: head.includes(';') ? ';' : ',', record_delimiter: ['\r\n', '\n', '\r'], info: true, relax_column_count: true, skip_empty_lines: true,
      // A quote inside a cell that does not begin with one is an inch: 19" rack.
      relax_quotes: true,
    }) as unknown as Parsed[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = String((error as CsvError & { lines?: number }).lines ?? '?');
    return fileRefused(`From line ${line} on it is not CSV: a quotation mark is not closed.`, `À partir de la ligne ${line} ce n’est pas du CSV : un guillemet n’est pas fermé.`);
  }
}

/** Lines as CSV text, each ended with CRLF; with the header when it is the beginning of a file. */
export const writeStockList = (lines: readonly (readonly string[])[], { header }: { readonly header: boolean }): string =>
  stringify([...(header ? [columns] : []), ...lines] as string[][], { record_delimiter: 'windows', quoted_match: /[\r\n;]/ });
