/** Reading the trail: entries by time, out of blocks whose times overlap. */
import type { Filter } from 'mongodb';
import type { BlockRow, Mongo } from '../database.ts';
import { unpacked } from '../packed.ts';
import { anyTerm, entryFrom, keptEntryOf, termsOf, type Entry, type KeptEntry } from './entry.ts';
import { inOrder, type After } from './order.ts';
import { longestSpan } from './page.ts';
import { openedEntries } from './sealing.store.ts';

export interface EntryQuery {
  readonly companyId: string;
  readonly actorId?: string | undefined;
  readonly entity?: string | undefined;
  readonly entityId?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** All of these must be among an entry's terms. */
  readonly words?: readonly string[] | undefined;
}

export interface Paging { readonly newestFirst: boolean; readonly after?: After | undefined }

/** What is most telling comes first: the index of terms is entered by it, and gives the order of time. Asked for nothing, all have one in common. */
const termsIn = ({ entityId, actorId, action, entity, words = [] }: EntryQuery): string[] => {
  const terms = [entityId, actorId, ...words, action, entity].filter((term) => term !== undefined);
  return terms.length === 0 ? [anyTerm] : terms;
};

/** Is it the entry itself that was asked for, and not another one of its block? */
function isAsked(entry: KeptEntry, { companyId, from, to, words, ...asked }: EntryQuery): boolean {
  const fits = (['actorId', 'entity', 'entityId', 'action'] as const).every((field) => asked[field] === undefined || asked[field] === entry[field]);
  if (!fits || entry.companyId !== companyId || (from !== undefined && entry.at < from) || (to !== undefined && entry.at >= to)) return false;
  if (words === undefined) return true;
  const own = new Set(termsOf(entryFrom(entry)));
  return words.every((word) => own.has(word));
}

const latest = (a: Date | undefined, b: Date | undefined): Date | undefined => (a && b ? (a > b ? a : b) : (a ?? b));
const earliest = (a: Date | undefined, b: Date | undefined): Date | undefined => (a && b ? (a < b ? a : b) : (a ?? b));

/** The blocks that may hold what is asked for. Their ends are in the index, and their beginnings not far before. */
function filterOf(query: EntryQuery, { newestFirst, after }: Paging): Filter<BlockRow> {
  const least = latest(query.from, newestFirst ? undefined : after?.at);
  const most = earliest(query.to, newestFirst ? after?.at : undefined);
  const to = { ...(least && { $gte: least }), ...(most && { $lte: new Date(Math.min(most.getTime() + longestSpan, 8.64e15)) }) };
  return { companyId: query.companyId, terms: { $all: termsIn(query) }, ...((least ?? most) && { to }), ...(most && { from: { $lte: most } }) };
}

/** What is asked for, by time, ties by id; sealed. Reads no more blocks than it must for what is taken from it. */
export async function* entriesOf(mongo: Mongo, query: EntryQuery, paging: Paging): AsyncGenerator<KeptEntry> {
  const { newestFirst, after } = paging;
  const blocks = mongo.blocks.find(filterOf(query, paging), { projection: { from: 1, to: 1, body: 1 } }).sort({ to: newestFirst ? -1 : 1 }).batchSize(32);
  const order = inOrder<KeptEntry>(newestFirst, after);
  for await (const { to, body } of blocks) {
    // Later blocks end later; so they may begin up to one span before this one ends, and none of what lies beyond that is still to come.
    yield* order.until(newestFirst ? to : new Date(to.getTime() - longestSpan));
    order.put(unpacked(body.buffer).map(keptEntryOf).filter((entry) => isAsked(entry, query)));
  }
  yield* order.rest();
}

/** Bytes of changes that end a page, however few entries they are: an answer is one message, and 4 MB are the most it may have. */
const enoughForAPage = 750_000;

/** One page by time, ties by id, and whether there is more. */
export async function pageOfEntries(mongo: Mongo, query: EntryQuery, { limit, ...paging }: Paging & { readonly limit: number }): Promise<{ entries: Entry[]; more: boolean }> {
  const kept: KeptEntry[] = [];
  let bytes = 0;
  let more = false;
  for await (const entry of entriesOf(mongo, query, paging)) {
    more = kept.length === limit || (kept.length > 0 && bytes > enoughForAPage);
    if (more) break;
    kept.push(entry);
    bytes += Buffer.byteLength(entry.changes);
  }
  return { entries: await openedEntries(mongo, kept), more };
}

/** Milliseconds by which clocks may overtake each other, and a long transaction one that began after it. */
const overtaking = 10 * 60_000;

/**
 * The last entry about the thing up to that moment: its state then. By version where there is one: what happened shortly before the youngest entry
 * may be of a later version.
 */
export async function lastEntry(mongo: Mongo, query: EntryQuery, at: Date): Promise<Entry | undefined> {
  let last: KeptEntry | undefined;
  let youngest = -Infinity;
  for await (const entry of entriesOf(mongo, { ...query, to: new Date(Math.min(at.getTime() + 1, 8.64e15)) }, { newestFirst: true })) {
    youngest = Math.max(youngest, entry.at.getTime());
    if (entry.at.getTime() < youngest - overtaking) break;
    if (last === undefined || (entry.sequence ?? -1) > (last.sequence ?? -1)) last = entry;
  }
  return last && (await openedEntries(mongo, [last]))[0];
}
