/** A key per person: what is sealed with it can be read as long as it is there, and never again after. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { idTaken, type Mongo } from '../database.ts';

/** person → key; null when it was erased. Never kept longer than one batch or one page: an erased key must not live on in memory. */
export type Keys = ReadonlyMap<string, Buffer | null>;

const read = async ({ keys }: Mongo, people: readonly string[]): Promise<Map<string, Buffer | null>> =>
  new Map((await keys.find({ _id: { $in: [...people] } }).toArray()).map(({ _id, key }) => [_id, key === null ? null : Buffer.from(key, 'base64url')]));

/** The keys of these people; nobody's is made. */
export const keysOf = async (mongo: Mongo, people: Iterable<string>): Promise<Keys> => {
  const named = [...new Set(people)];
  return named.length === 0 ? new Map() : read(mongo, named);
};

/** The keys of these people; who has none yet is given one. */
export async function keysFor(mongo: Mongo, people: Iterable<string>, now: Date): Promise<Keys> {
  const named = [...new Set(people)];
  if (named.length === 0) return new Map();
  const known = await read(mongo, named);
  const missing = named.filter((person) => !known.has(person));
  if (missing.length === 0) return known;
  await mongo.keys.bulkWrite(
    missing.map((_id) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: { key: randomBytes(32).toString('base64url'), madeAt: now } }, upsert: true } })),
    { ordered: false },
  ).catch((error: unknown) => {
    // Another writer made the same key at the same moment: its key is the person's.
    if ((error as { code?: unknown }).code !== idTaken) throw error;
  });
  return read(mongo, named);
}

/** Makes everything sealed with the person's key unreadable for ever. The chain stays valid: it was made over the sealed form. */
export const eraseKey = async ({ keys }: Mongo, person: string, now: Date): Promise<void> => {
  await keys.updateOne({ _id: person }, { $set: { key: null, erasedAt: now }, $setOnInsert: { madeAt: now } }, { upsert: true });
};

const prefix = 'sealed:v1:';

/**
 * AES-256-GCM, bound to its place. The nonce is made from key, place and text: the same fact heard again gives the same bytes, so that
 * it is recognised; another text gives another nonce.
 * @param place the entry's id and the field's path
 */
export function seal(key: Buffer, place: string, value: unknown): string {
  const text = JSON.stringify(value);
  const nonce = createHmac('sha256', createHmac('sha256', key).update('nonce').digest()).update(`${place}\0${text}`).digest().subarray(0, 12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return prefix + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** @returns undefined when the key is gone or is not the one it was sealed with */
export function unseal(key: Buffer | null | undefined, place: string, sealed: unknown): unknown {
  if (!key || typeof sealed !== 'string' || !sealed.startsWith(prefix)) return undefined;
  try {
    const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(12, 28));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
