/** Where messages that could not be read are kept: a table in each service's database, a collection in audit's. */
import type { Binary } from 'mongodb';
import { withDatabaseOf, withMongo } from './connections.ts';
import type { Surroundings } from './surroundings.ts';

export interface Quarantined {
  readonly id: string;
  readonly service: string;
  readonly stream: string;
  readonly consumer: string;
  readonly subject: string;
  readonly reason: string;
  readonly at: Date;
  readonly replayedAt: Date | null;
  readonly bytes: Buffer;
}

interface MongoRow extends Omit<Quarantined, 'id' | 'service' | 'at' | 'bytes'> { _id: string; bytes: Binary; quarantinedAt: Date }

/** All of them, the newest last. Only these services' shelves that can be reached, or it throws. */
export async function quarantined(around: Surroundings): Promise<Quarantined[]> {
  const all: Quarantined[] = [];
  for (const service of around.withDatabase) {
    all.push(...await withDatabaseOf(around, service, (query) => query<Quarantined>(
      `select id, '${service}' as service, stream, consumer, subject, reason, quarantined_at as at, replayed_at as "replayedAt", bytes from quarantine
       order by quarantined_at limit 10000`)));
  }
  const mongodb = around.address('mongodb');
  if (mongodb !== undefined) {
    const rows = await withMongo(mongodb, (db) => db.collection<MongoRow>('quarantine').find({}).sort({ quarantinedAt: 1 }).limit(10_000).toArray());
    all.push(...rows.map(({ _id, bytes, quarantinedAt, stream, consumer, subject, reason, replayedAt }) =>
      ({ id: _id, service: 'audit', stream, consumer, subject, reason, at: quarantinedAt, replayedAt, bytes: Buffer.from(bytes.buffer) })));
  }
  return all.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** Notes that it was published again. */
export async function noteReplayed(around: Surroundings, { id, service }: Quarantined): Promise<void> {
  if (service === 'audit') await withMongo(around.address('mongodb')!, (db) => db.collection<MongoRow>('quarantine').updateOne({ _id: id }, { $set: { replayedAt: new Date() } }));
  else await withDatabaseOf(around, service, (query) => query('update quarantine set replayed_at = now() where id = $1', [id]));
}
