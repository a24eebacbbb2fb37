/** Audit's MongoDB: the chain of blocks in one database, the keys of people in another, so that they can be guarded apart. */
import { MongoBulkWriteError, MongoClient, MongoError, MongoNetworkError, MongoServerError, type Binary, type Collection } from 'mongodb';
import type { Line, Link } from './chain/block.ts';
import { endWritesWithTheirConnection } from './driver.ts';
import type { FormerEntryRow } from './trail/former.ts';

/** What could not be read, for `npx regie quarantine`. */
export interface QuarantineRow {
  _id: string; stream: string; consumer: string; streamSequence: number; subject: string; bytes: Uint8Array; reason: string; quarantinedAt: Date; replayedAt: Date | null;
}

/** A block with its entries, all of one company: what lists find, and what the chain is made of. Written once, by one insert. */
export interface BlockRow extends Link {
  readonly companyId: string;
  /** When the first and the last of its entries happened. */
  readonly from: Date;
  readonly to: Date;
  /** All that its entries are found by. */
  readonly terms: readonly string[];
  readonly entries: readonly { readonly id: string; readonly leaf: string }[];
  /** The entries' texts in the same order, packed. */
  readonly body: Binary;
}
/** A block as an earlier version closed it, of several companies: its entries were documents of their own, and stand in later blocks now. */
export interface FormerBlockRow extends Link {
  readonly lines?: readonly Line[];
  /** The same as long as it is not brought over; then the name of no entry. */
  readonly entries?: readonly (Line | Pick<Line, 'id'>)[];
}

/** A fact that came under the id of another one. The first is kept, this one is kept aside. */
export interface ConflictRow { _id: string; factId: string; companyId: string; action: string; at: Date; leaf: string; text: string; recordedAt: Date }
export interface KeyRow { _id: string; key: string | null; madeAt: Date; erasedAt?: Date }

export interface Mongo {
  readonly client: MongoClient;
  readonly blocks: Collection<BlockRow>;
  readonly conflicts: Collection<ConflictRow>;
  readonly quarantine: Collection<QuarantineRow>;
  readonly keys: Collection<KeyRow>;
  /** What an earlier version kept: blocks in the same collection as ours, where they stay, and entries, of which none is left when they are brought over. */
  readonly former: { readonly blocks: Collection<FormerBlockRow>; readonly entries: Collection<FormerEntryRow> };
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
    client, blocks: db.collection('blocks'), conflicts: db.collection('conflicts'), quarantine: db.collection('quarantine'), keys: client.db(`${name}_keys`).collection('keys'),
    former: { blocks: db.collection('blocks'), entries: db.collection('entries') },
  };
}

/**
 * The index of all lists, which gives their order, read forwards or backwards: a block's terms hold its entries' ids of things and people, their
 * actions, and one that all have. And the one that keeps each fact once, whoever writes. Each further one would be paid for with every block. Can be repeated.
 */
export async function makeIndexes({ blocks }: Mongo): Promise<void> {
  // Rising: SecantusDB of the development stack leaves out a period's first instant when the index falls.
  await blocks.createIndexes([{ key: { companyId: 1, terms: 1, to: 1 } }, { key: { 'entries.id': 1 }, unique: true, name: 'entry_once' }]);
}

/** The code of a write under a number or an id that is taken. */
export const idTaken = 11000;

/**
 * Codes of a server that cannot do it now: not reached, out of time, no majority, shutting down, no longer the primary or not yet.
 * https://www.mongodb.com/docs/manual/reference/error-codes/
 */
const away = [6, 7, 50, 64, 89, 91, 189, 10107, 11600, 11602, 13435, 13436];

/** Is it MongoDB that is away, and not this work that is wrong? */
export const isOutage = (error: unknown): boolean =>
  // A bulk write hands on what ended it as if the server had said it.
  (error instanceof MongoBulkWriteError && error.errorResponse instanceof MongoError && isOutage(error.errorResponse))
  || error instanceof MongoNetworkError || (error instanceof MongoError && !(error instanceof MongoServerError))
  || (error instanceof MongoServerError && (error.hasErrorLabel('RetryableWriteError') || away.includes(Number(error.code))));

/** Does MongoDB answer? For readiness. */
export async function mongoTrouble({ client }: Mongo, timeout = 2_000): Promise<string | null> {
  return Promise.race([
    client.db('admin').command({ ping: 1 }).then(() => null, (error: unknown) => `mongodb: ${(error as Error).message}`),
    new Promise<string>((resolve) => { setTimeout(resolve, timeout, 'mongodb does not answer').unref(); }),
  ]);
}
