/** Connections of the command line: opened for one piece of work, closed after it. */
import { closeBus, connectBus, type Bus } from '@regie/bus';
import { MongoClient, type Db } from 'mongodb';
import pg from 'pg';
import { needed, within, type Surroundings } from './surroundings.ts';

const patience = 5_000;

/** Rows of one statement. */
export type Query = <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

export async function withPostgres<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'regie-cli', connectionTimeoutMillis: patience });
  // Without a listener a lost connection would end the process with a trace.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(async <Row>(sql: string, values: readonly unknown[] = []) => (await client.query(sql, [...values])).rows as Row[]);
  } finally {
    await client.end();
  }
}

export const withDatabaseOf = <T>(around: Surroundings, service: string, work: (query: Query) => Promise<T>): Promise<T> =>
  withPostgres(needed(around.database(service), `DATABASE_URL_${service.toUpperCase()}`, around.speak), work);

/** As the user `provision`, who makes streams and consumers and may publish what is replayed. */
export async function withNats<T>(around: Surroundings, work: (bus: Bus) => Promise<T>): Promise<T> {
  const url = needed(around.address('nats'), 'NATS_URL', around.speak);
  const bus = await within(patience, { en: 'NATS does not answer.', fr: 'NATS ne répond pas.' }, around.speak, connectBus(url));
  try {
    return await work(bus);
  } finally {
    await closeBus(bus);
  }
}

export async function withMongo<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: patience, connectTimeoutMS: patience, appName: 'regie-cli' });
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
}
