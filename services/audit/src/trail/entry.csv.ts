/** The trail as CSV. */
import { stringify } from 'csv-stringify/sync';
import type { Entry } from './entry.ts';

const columns = ['id', 'at', 'actorId', 'action', 'entity', 'entityId', 'changes', 'ip', 'userAgent', 'traceId'] as const;

/** A cell that a spreadsheet would take for a formula gets an apostrophe in front. */
export const defused = (text: string): string => (/^[=+\-@\t\r\n\0＝＋－＠]/u.test(text) ? `'${text}` : text);

/** Rows of RFC 4180, with the names of the columns on the first page. */
export const csvOf = (entries: readonly Entry[], { header }: { header: boolean }): string =>
  stringify(entries.map((entry) => [
    entry.id, entry.at.toISOString(), entry.actorId ?? '', entry.action, entry.entity, entry.entityId,
    JSON.stringify(entry.changes), entry.ip ?? '', entry.userAgent ?? '', entry.traceId ?? '',
  ].map(defused)),
    { header, columns: [...columns], record_delimiter: 'windows' });
