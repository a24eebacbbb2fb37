/** MongoDB, or SecantusDB where no mongod can be had: MONGODB_URL, a container, a downloaded mongod, or PyPI's secantusdb. */
import { mkdir } from 'node:fs/promises';
import { MongoClient } from 'mongodb';
import { findMongod } from '../fetch/mongod.ts';
import { bundle } from '../fetch/python.ts';
import { inContainer } from './docker.ts';
import { embedded } from './embedded.ts';
import { foreign, portOf, type Server, type Surroundings } from './server.ts';

const replicaSet = 'regie';
const database = 'audit';

/** A replica set of one, as in production: transactions and majority writes mean the same. Without a password, on loopback only. */
export async function mongo(surroundings: Surroundings): Promise<Server> {
  const given = surroundings.env['MONGODB_URL'];
  if (given !== undefined) return foreign('mongodb', 'MONGODB_URL', withDatabase(given));
  const urls = (port: number) => {
    const url = `mongodb://127.0.0.1:${port}/${database}?directConnection=true`;
    return { url, urlFor: () => url };
  };
  if (await surroundings.engine()) {
    const command = ['mongod', '--replSet', replicaSet, '--bind_ip_all'];
    const ready = (port: number): Promise<boolean> => isPrimary(urls(port).url, 27017);
    return inContainer({ name: 'mongodb', image: 'mongo:8', port: 27017, data: '/data/db', command, ready }, surroundings, urls);
  }
  const mongod = await findMongod(surroundings);
  return mongod === null ? fromSecantus(surroundings, urls) : fromMongod(mongod, surroundings, urls);
}

type Urls = (port: number) => { url: string; urlFor: () => string };

async function fromMongod(mongod: string, surroundings: Surroundings, urls: Urls): Promise<Server> {
  const folder = surroundings.places.data('mongod');
  await mkdir(folder, { recursive: true });
  const port = await portOf('mongodb', surroundings);
  const { url } = urls(port);
  const args = ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', replicaSet, '--wiredTigerCacheSizeGB', '0.25'];
  const child = embedded('mongodb', surroundings, { command: mongod, args, ready: () => isPrimary(url, port) });
  await child.start();
  return { name: 'mongodb', ...urls(port), from: `MongoDB (mongod, downloaded), port ${port}`, start: child.start, stop: child.stop, kill: () => child.kill() };
}

async function fromSecantus(surroundings: Surroundings, urls: Urls): Promise<Server> {
  const packages = await bundle('secantusdb', surroundings);
  const folder = surroundings.places.data('secantusdb');
  await mkdir(folder, { recursive: true });
  const port = await portOf('mongodb', surroundings);
  const { url } = urls(port);
  // -P: the folder it happens to be started in must not lend it modules. Its numerics would start a thread per core for nothing.
  const args = ['-P', '-m', 'secantus', '--host', '127.0.0.1', '--port', String(port), '--storage-path', folder, '--cache-size', '256M', '--log-level', 'WARNING'];
  const env = { PATH: process.env['PATH'], HOME: folder, TZ: 'UTC', LC_ALL: 'C.UTF-8', PYTHONPATH: packages, OPENBLAS_NUM_THREADS: '1' };
  const child = embedded('mongodb', surroundings, { command: 'python3', args, env, ready: () => isPrimary(url, port) });
  await child.start();
  const from = `SecantusDB 0.7.0b3 of PyPI (MongoDB's protocol, for development), port ${port}`;
  return { name: 'mongodb', ...urls(port), from, start: child.start, stop: child.stop, kill: () => child.kill() };
}

/** Whether it takes writes; makes the replica set at the first meeting. @param inside the port it listens on itself */
async function isPrimary(url: string, inside: number): Promise<boolean> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 2000, connectTimeoutMS: 2000 });
  try {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (hello['isWritablePrimary'] === true) return true;
    if (hello['setName'] === undefined) await admin.command({ replSetInitiate: { _id: replicaSet, members: [{ _id: 0, host: `127.0.0.1:${inside}` }] } });
    return false;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/** The audit service wants its database's name in the address. */
function withDatabase(url: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?([^?]*)(\?.*)?$/.exec(url);
  if (match === null || match[2] !== '') return url;
  return `${match[1]}/${database}${match[3] ?? ''}`;
}
