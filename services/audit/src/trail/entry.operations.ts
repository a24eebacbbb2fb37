/** Reading the trail. Everybody sees what it did itself; an administrator what happened in the company. */
import { isRefusal, notFound, refuse, type auditOperations, type Caller, type Handlers, type Refusal } from '@regie/contracts';
import type { Mongo } from '../database.ts';
import { csvOf } from './entry.csv.ts';
import { cursorOf, readCursor } from './entry.cursor.ts';
import { lastEntry, pageOfEntries, type EntryQuery } from './entry.store.ts';
import { companyOf, seesAll, wordsOf, type Entry } from './entry.ts';

export interface InAudit { readonly mongo: Mongo }
type Operations = Handlers<Pick<typeof auditOperations, 'listAudit' | 'getEntityHistory' | 'exportAudit'>, InAudit>;

interface Asked { actorId?: string; entity?: string; entityId?: string; action?: string; from?: string; to?: string; q?: string }

/** Lines in one piece of an export. */
const exportPage = 1_000;

const view = ({
  at, companyId: _company, sequence: _sequence, source: _source, type: _type, person: _person, originPerson: _originPerson, state: _state, ...shown
}: Entry) => ({ ...shown, at: at.toISOString() });

const cursorInvalid = () => refuse('request.cursor-invalid', { en: 'Start again from the first page.', fr: 'Reprenez à la première page.' });

/** What the caller asks for, within what it may see; null when that can be nothing. */
function queryOf(caller: Caller, { from, to, q, ...asked }: Asked): EntryQuery | Refusal<'period.invalid'> | null {
  const period = { from: from === undefined ? undefined : new Date(from), to: to === undefined ? undefined : new Date(to) };
  if (period.from && period.to && period.from >= period.to) {
    return refuse('period.invalid', { en: '`from` must be before `to`.', fr: '`from` doit précéder `to`.' },
      { errors: [{ pointer: '?from', message: { en: 'not before `to`', fr: 'pas avant `to`' } }] });
  }
  const words = q === undefined ? undefined : wordsOf(q).slice(0, 8);
  const { actorId, entity, entityId, action } = asked;
  const query: EntryQuery = { companyId: companyOf(caller), actorId, entity, entityId, action, ...period, words };
  if (words?.length === 0) return null;
  if (seesAll(caller)) return query;
  return actorId === undefined || actorId === caller.id ? { ...query, actorId: caller.id! } : null;
}

export const entryOperations: Operations = {
  async listAudit({ limit = 50, cursor, sort = '-at', ...asked }, { caller, mongo }) {
    const query = queryOf(caller, asked);
    const after = readCursor(cursor, sort);
    if (isRefusal(query)) return query;
    if (after === null) return cursorInvalid();
    if (query === null) return { items: [], nextCursor: null };
    const { entries, more } = await pageOfEntries(mongo, query, { newestFirst: sort === '-at', after, limit });
    return { items: entries.map(view), nextCursor: more ? cursorOf(sort, entries.at(-1)!) : null };
  },

  async getEntityHistory({ type, id, limit = 50, cursor, sort = '-at', at }, { caller, mongo }) {
    const after = readCursor(cursor, sort);
    if (after === null) return cursorInvalid();
    const query: EntryQuery = { companyId: companyOf(caller), entity: type, entityId: id, ...(seesAll(caller) ? {} : { actorId: caller.id! }) };
    const { entries, more } = await pageOfEntries(mongo, query, { newestFirst: sort === '-at', after, limit });
    // A thing of another company, and one nothing is known of, answer the same.
    if (entries.length === 0 && after === undefined) return notFound({ en: 'history', fr: 'historique' });
    const page = { items: entries.map(view), nextCursor: more ? cursorOf(sort, entries.at(-1)!) : null };
    return at === undefined ? page : { ...page, state: (await lastEntry(mongo, query, new Date(at)))?.state ?? null };
  },

  async exportAudit({ cursor, ...asked }, { caller, mongo }) {
    const query = queryOf(caller, asked);
    const after = readCursor(cursor, '-at');
    if (isRefusal(query)) return query;
    if (after === null) return cursorInvalid();
    if (query === null) return { chunk: csvOf([], { header: true }), nextCursor: null };
    const { entries, more } = await pageOfEntries(mongo, query, { newestFirst: true, after, limit: exportPage });
    return { chunk: csvOf(entries, { header: after === undefined }), nextCursor: more ? cursorOf('-at', entries.at(-1)!) : null };
  },
};
