/** Audit's MongoDB: the trail and its blocks in one database, the keys of people in another, so that they can be guarded apart. */
import { MongoBulkWriteError, MongoClient, MongoError, MongoNetworkError, MongoServerError, type Collection } from 'mongodb';
import type { BlockRow } from './chain/block.ts';
import { endWritesWithTheirConnection } from './driver.ts';
import { anyTerm, type EntryRow } from './trail/entry.ts';

/** What could not be read, for `npx regie quarantine`. */
export interface QuarantineRow {
  _id: string; stream: string; consumer: string; streamSequence: number; subject: string; bytes: Uint8Array; reason: string; quarantinedAt: Date; replayedAt: Date | null;
}
/** A fact that came under the id of another one. The first is kept, this one is kept aside. */
export interface ConflictRow extends Omit<EntryRow, '_id'> { _id: string; factId: string }
export interface KeyRow { _id: string; key: string | null; madeAt: Date; erasedAt?: Date }

export interface Mongo {
  readonly client: MongoClient;
  readonly entries: Collection<EntryRow>;
  readonly blocks: Collection<BlockRow>;
  readonly conflicts: Collection<ConflictRow>;
  readonly quarantine: Collection<QuarantineRow>;
  /** `closed`: up to when it is known that every entry is in a block. `common-term`: since when every entry has the term that all have. */
  readonly marks: Collection<{ _id: 'closed' | 'common-term'; at: Date }>;
  readonly keys: Collection<KeyRow>;
}

/** The database named in the address. */
const nameIn = (url: string): string => /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1] ?? 'audit';

/**
 * Connects when first used and again after every outage; but while it was never connected, only `client.connect()` tries again. What it acknowledges
 * is on a majority's disks.
 */
export function openMongo(url: string): Mongo {
  endWritesWithTheirConnection();
  const client = new MongoClient(url, {
    appName: 'audit', readConcern: { level: 'majority' }, writeConcern: { w: 'majority', journal: true }, retryWrites: false,
    // A server that does not say within `connectTimeoutMS` that it is there loses all its connections, those in the midst of a write too; one under load may take
    // seconds. Who asks while it is away is answered after `serverSelectionTimeoutMS` all the same.
    serverSelectionTimeoutMS: 3_000, connectTimeoutMS: 10_000, socketTimeoutMS: 20_000, waitQueueTimeoutMS: 5_000, maxPoolSize: 10, ignoreUndefined: true,
  });
  const name = nameIn(url);
  const db = client.db(name);
  return {
    client, entries: db.collection('entries'), blocks: db.collection('blocks'), conflicts: db.collection('conflicts'), quarantine: db.collection('quarantine'),
    marks: db.collection('marks'), keys: client.db(`${name}_keys`).collection('keys'),
  };
}

/**
 * Every list has its index, which gives its order, read forwards or backwards; can be repeated. All share one: an entry's terms hold its
 * ids, its thing, its action and one that all have. Each further index would cost a fifth of the speed at which facts are kept.
 */
export async function makeIndexes({ entries, blocks }: Mongo): Promise<void> {
  // Rising: SecantusDB of the development stack leaves out a period's first instant when the index falls.
  await entries.createIndexes([{ key: { companyId: 1, terms: 1, at: 1, _id: 1 } }]);
  // Unique over all blocks: an entry is in one block, whoever writes.
  await blocks.createIndexes([{ key: { 'entries.id': 1 }, unique: true, name: 'entry_once' }]);
}

/**
 * Brings a trail that an earlier version kept up to date: without the term all have in common its entries would be in no list. Once; repeating it changes nothing. Its former
 * indexes stay until an operator drops them: they cost speed, and dropping an index holds up who writes.
 */
export async function renewTrail({ entries, marks }: Mongo): Promise<void> {
  if (await marks.findOne({ _id: 'common-term' })) return;
  await entries.updateMany({ terms: { $ne: anyTerm } }, { $addToSet: { terms: anyTerm } });
  await marks.updateOne({ _id: 'common-term' }, { $set: { at: new Date() } }, { upsert: true });
}

/** Is it MongoDB that is away, and not this work that is wrong? */
export const isOutage = (error: unknown): boolean =>
  // A bulk write hands on what ended it as if the server had said it.
  (error instanceof MongoBulkWriteError && error.errorResponse instanceof MongoError && isOutage(error.errorResponse))
  || error instanceof MongoNetworkError || (error instanceof MongoError && !(error instanceof MongoServerError))
  || (error instanceof MongoServerError && (error.hasErrorLabel('RetryableWriteError') || [6, 7, 50, 64, 89, 91, 189, 10107, 11600, 11602, 13435, 13436].includes(Number(error.code))));

/** Does MongoDB answer? For readiness. */
export async function mongoTrouble({ client }: Mongo, timeout = 2_000): Promise<string | null> {
  return Promise.race([
    client.db('admin').command({ ping: 1 }).then(() => null, (error: unknown) => `mongodb: ${(error as Error).message}`),
    new Promise<string>((resolve) => { setTimeout(resolve, timeout, 'mongodb does not answer').unref(); }),
  ]);
}
