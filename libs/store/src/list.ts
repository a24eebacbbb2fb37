/** Lists by keyset: the cursor says where the last page ended, so that page 1,000 costs as much as page 1. */
import { refuse, type Refusal } from '@regie/contracts';
import type { Tx } from './transact.ts';

/** A sort a list offers: the column it orders by; ties are broken by id. */
export interface Sort {
  readonly column: string;
  readonly type: 'timestamptz' | 'text' | 'int' | 'bigint';
  readonly descending?: boolean;
}

export interface ListRequest {
  readonly columns: string;
  readonly from: string;
  /** Conditions with `?` for each value: `['category = ?', 'sound']`. */
  readonly where: readonly (readonly [condition: string, ...values: unknown[]])[];
  readonly sort: Sort;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  /** The alias before `id`, when the select joins. */
  readonly idColumn?: string;
}

export interface Rows<Row> { readonly rows: Row[]; readonly nextCursor: string | null }

/** What the database cannot say is said of rows already read; pages are filled by reading on. */
export interface Keeping<Row> { readonly keep?: ((rows: Row[]) => Promise<Row[]>) | undefined }
/** Rows read at once while `keep` decides. */
const stride = 200;

/** One page of rows, or a refusal when the cursor is not one of this list. */
export async function listRows<Row extends { id: string }>(tx: Tx, request: ListRequest & Keeping<Row>): Promise<Rows<Row> | Refusal<'request.cursor-invalid'>> {
  const { sort, limit = 50, cursor, keep } = request;
  let after = cursor === undefined ? null : readCursor(cursor, sort);
  if (cursor !== undefined && !after) return cursorInvalid();
  let rows: Listed<Row>[] = [];
  if (!keep) rows = await readRows(tx, request, after, limit + 1);
  else {
    for (let read = stride; read === stride && rows.length <= limit;) {
      const some: Listed<Row>[] = await readRows(tx, request, after, stride);
      read = some.length;
      const last = some.at(-1);
      if (last) after = [last.cursor_value, last.id];
      rows.push(...((await keep(some)) as Listed<Row>[]));
    }
  }
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, nextCursor: rows.length > limit && last ? writeCursor(sort, last.cursor_value, last.id) : null };
}

type Listed<Row> = Row & { readonly cursor_value: string };

async function readRows<Row extends { id: string }>(
  tx: Tx, { columns, from, where, sort, idColumn = 'id' }: ListRequest, after: readonly [string, string] | null, count: number,
): Promise<Listed<Row>[]> {
  const values: unknown[] = [];
  const conditions = where.map(([condition, ...given]) => {
    let index = 0;
    return condition.replaceAll('?', () => { values.push(given[index++]); return `$${values.length}`; });
  });
  if (after) {
    values.push(after[0], after[1]);
    conditions.push(`(${sort.column}, ${idColumn}) ${sort.descending ? '<' : '>'} ($${values.length - 1}::${sort.type}, $${values.length}::uuid)`);
  }
  values.push(count);
  const direction = sort.descending ? 'desc' : 'asc';
  // The sort's value as text keeps its microseconds, which a Date would lose and the next page would skip rows.
  return tx.query<Listed<Row>>(
    `select ${columns}, ${sort.column}::text as cursor_value from ${from}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}
     order by ${sort.column} ${direction}, ${idColumn} ${direction} limit $${values.length}`, values);
}

export const cursorInvalid = (): Refusal<'request.cursor-invalid'> =>
  refuse('request.cursor-invalid', { en: 'Start again from the first page.', fr: 'Reprenez à la première page.' });

const writeCursor = ({ column, descending }: Sort, value: string, id: string): string => Buffer.from(JSON.stringify([column, descending ? 1 : 0, value, id])).toString('base64url');

function readCursor(cursor: string, { column, descending, type }: Sort): [string, string] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== 4) return null;
    const [ofColumn, direction, value, id] = parts as unknown[];
    if (ofColumn !== column || direction !== (descending ? 1 : 0) || typeof value !== 'string' || typeof id !== 'string') return null;
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return null;
    // What the database could not read would be its error, and ours; it comes from whoever made the cursor up.
    if (type === 'timestamptz' && !isInstant(value)) return null;
    if ((type === 'int' || type === 'bigint') && !(/^-?\d{1,18}$/.test(value) && (type === 'bigint' || Math.abs(Number(value)) < 2 ** 31))) return null;
    return value.includes('\0') ? null : [value, id];
  } catch {
    return null;
  }
}

const instant = /^([1-9]\d{3}-\d\d-\d\d) (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?[+-](?:0\d|1[0-5])(?::[0-5]\d)?$/;

/** Does the database write instants so, and is there such a day? @throws RangeError for days of no month */
function isInstant(text: string): boolean {
  const [, day] = instant.exec(text) ?? [];
  return day !== undefined && new Date(day).toISOString().startsWith(day);
}
