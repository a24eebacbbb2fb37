/** Entries in MongoDB: written once, read sealed, shown opened. */
import { MongoBulkWriteError, type Filter } from 'mongodb';
import { sha256 } from '../hash.ts';
import type { Mongo } from '../database.ts';
import { keysFor, keysOf, seal, unseal, type Keys } from '../people/person-keys.store.ts';
import { anyTerm, leafText, personalTurned, termsOf, toldText, type Entry, type EntryRow } from './entry.ts';

/** What an erased person's field reads as. */
export const erased = '[erased]';

const peopleOf = (entries: readonly Pick<Entry, 'person' | 'originPerson'>[]): string[] => entries.flatMap(({ person, originPerson }) => [person, originPerson]).filter((person) => person !== null);

/** An entry as it will be kept; `whole` is false where something personal could not be sealed as it was told. */
export interface Sealed { readonly row: EntryRow; readonly whole: boolean }

function sealedEntry(entry: Entry, keys: Keys, now: Date): Sealed {
  let whole = true;
  const { id, changes, state, ...rest } = personalTurned(entry, (person, place, value) => {
    const key = keys.get(person);
    if (key) return seal(key, place, value);
    whole = false;
    return erased;
  });
  const kept = { _id: id, ...rest, changes: JSON.stringify(changes), state: JSON.stringify(state) };
  return { row: { ...kept, leaf: sha256(leafText(kept)), told: sha256(toldText(entry)), terms: termsOf(entry), recordedAt: now }, whole };
}

export interface Inserted {
  /** Not known before. */
  readonly fresh: readonly EntryRow[];
  /** Known already with the same content, as they are kept. */
  readonly again: readonly Pick<EntryRow, '_id' | 'companyId' | 'leaf'>[];
  /** Known already with other content: kept aside, nothing is overwritten. */
  readonly conflicting: readonly EntryRow[];
}

/**
 * Seals entries with the keys of those they are about, who are given one if they have none.
 * @param originWhole false for an entry whose sealed origin could not be opened
 */
export async function sealEntries(mongo: Mongo, entries: readonly Entry[], originWhole: (entry: Entry) => boolean, now: Date): Promise<Sealed[]> {
  const keys = await keysFor(mongo, peopleOf(entries), now);
  return entries.map((entry) => { const { row, whole } = sealedEntry(entry, keys, now); return { row, whole: whole && originWhole(entry) }; });
}

/** Inserts what is new. Any of them may have been heard before, and twice among these. */
export async function insertEntries(mongo: Mongo, sealed: readonly Sealed[]): Promise<Inserted> {
  const refused = await refusedAsDuplicates(mongo, sealed.map(({ row }) => row));
  const fresh = sealed.filter((_, index) => !refused.has(index)).map(({ row }) => row);
  if (refused.size === 0) return { fresh, again: [], conflicting: [] };

  const doubtful = sealed.filter((_, index) => refused.has(index));
  const stored = new Map((await mongo.entries.find({ _id: { $in: doubtful.map(({ row }) => row._id) } }, { projection: { companyId: 1, leaf: 1, told: 1 } }).toArray()).map((row) => [row._id, row]));
  const same = ({ row, whole }: Sealed): boolean => {
    const known = stored.get(row._id);
    // Inserted by another writer and not yet on a majority: tried again, when it is.
    if (!known) throw new Error('an entry that exists cannot be read yet');
    return known.leaf === row.leaf || (!whole && known.told === row.told);
  };
  const again = doubtful.filter(same).map(({ row }) => stored.get(row._id)!);
  const conflicting = doubtful.filter((one) => !same(one)).map(({ row }) => row);
  for (const { _id, ...row } of conflicting) {
    await mongo.conflicts.updateOne({ _id: `${_id}:${row.leaf}` }, { $setOnInsert: { ...row, factId: _id } }, { upsert: true });
  }
  return { fresh, again, conflicting };
}

/** Inserts unordered; returns the places of those that were there before. */
async function refusedAsDuplicates(mongo: Mongo, rows: readonly EntryRow[]): Promise<ReadonlySet<number>> {
  try {
    await mongo.entries.insertMany([...rows], { ordered: false });
    return new Set();
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    // A majority that did not confirm, or any other fault, leaves all of it to be repeated.
    if (failures.length === 0 || failures.some(({ code }) => code !== 11000) || error.result.getWriteConcernError()) throw error;
    return new Set(failures.map(({ index }) => index));
  }
}

export interface EntryQuery {
  readonly companyId: string;
  readonly actorId?: string | undefined;
  readonly entity?: string | undefined;
  readonly entityId?: string | undefined;
  readonly action?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** All of these must be among an entry's words. */
  readonly words?: readonly string[] | undefined;
}

/** Where the last page ended. */
export interface After { readonly at: Date; readonly id: string }

/** What is most telling comes first: the index of words is entered by it, and gives the order of time. Asked for nothing, all have one in common. */
const termsIn = ({ entityId, actorId, action, entity, words = [] }: EntryQuery): string[] => {
  const terms = [entityId, actorId, ...words, action, entity].filter((term) => term !== undefined);
  return terms.length === 0 ? [anyTerm] : terms;
};

const filterOf = (query: EntryQuery): Filter<EntryRow> => {
  const { companyId, actorId, entity, entityId, action, from, to } = query;
  return {
    companyId,
    terms: { $all: termsIn(query) },
    ...(actorId === undefined ? {} : { actorId }), ...(entity === undefined ? {} : { entity }), ...(entityId === undefined ? {} : { entityId }), ...(action === undefined ? {} : { action }),
    ...(from === undefined && to === undefined ? {} : { at: { ...(from && { $gte: from }), ...(to && { $lt: to }) } }),
  };
};

/** Bytes of changes that end a page, however few entries they are: an answer is one message, and 4 MB are the most it may have. */
const enoughForAPage = 750_000;

/** One page by time, ties by id, and whether there is more. */
export async function pageOfEntries(mongo: Mongo, query: EntryQuery, { newestFirst, after, limit }: { newestFirst: boolean; after: After | undefined; limit: number }): Promise<{ entries: Entry[]; more: boolean }> {
  const direction = newestFirst ? -1 : 1;
  const beyond = newestFirst ? '$lt' : '$gt';
  const filter: Filter<EntryRow> = after === undefined ? filterOf(query)
    : { $and: [filterOf(query), { $or: [{ at: { [beyond]: after.at } }, { at: after.at, _id: { [beyond]: after.id } }] }] };
  const rows: EntryRow[] = [];
  let bytes = 0;
  let more = false;
  for await (const row of mongo.entries.find(filter).sort({ at: direction, _id: direction }).limit(limit + 1)) {
    more = rows.length === limit || (rows.length > 0 && bytes > enoughForAPage);
    if (more) break;
    rows.push(row);
    bytes += Buffer.byteLength(JSON.stringify(row.changes));
  }
  return { entries: await opened(mongo, rows), more };
}

/** The last entry about the thing up to that moment: its state then. By version where there is one, since clocks may overtake each other. */
export async function lastEntry(mongo: Mongo, query: EntryQuery, at: Date): Promise<Entry | undefined> {
  const [row] = await mongo.entries.find({ ...filterOf(query), at: { $lte: at } }).sort({ sequence: -1, at: -1, _id: -1 }).limit(1).toArray();
  return row && (await opened(mongo, [row]))[0];
}

/** Entries with their personal fields readable, where the person's key still is. */
async function opened(mongo: Mongo, rows: readonly EntryRow[]): Promise<Entry[]> {
  const keys = await keysOf(mongo, peopleOf(rows));
  return rows.map(({ _id, changes, state, ...rest }) => {
    const entry = personalTurned({ ...rest, id: _id, changes: JSON.parse(changes) as Entry['changes'], state: JSON.parse(state) as Entry['state'] },
      (person, place, value) => unseal(keys.get(person), place, value) ?? erased);
    return { ...entry, ip: entry.ip === erased ? null : entry.ip, userAgent: entry.userAgent === erased ? null : entry.userAgent };
  });
}
