/** Cursors of the trail: where the last page ended, readable by nobody but us and trusted by nobody. */
import type { After } from './order.ts';
import type { Entry } from './entry.ts';

/** Where a page of this list goes on: after that entry. */
export const cursorOf = (sort: string, { at, id }: Pick<Entry, 'at' | 'id'>): string => Buffer.from(JSON.stringify([sort, at.getTime(), id])).toString('base64url');

/** @returns undefined for the first page, null when it is no cursor of this list */
export function readCursor(cursor: string | undefined, sort: string): After | undefined | null {
  if (cursor === undefined) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [of, at, id] = parts as unknown[];
    return of === sort && Number.isSafeInteger(at) && Math.abs(at as number) <= 8.64e15 && typeof id === 'string' && id.length <= 64 ? { at: new Date(at as number), id } : null;
  } catch {
    return null;
  }
}
