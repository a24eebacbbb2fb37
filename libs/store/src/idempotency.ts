/** Idempotency keys: claimed first, kept with the effect, for seven days. */
import { createHash } from 'node:crypto';
import type { Question, Served } from '@regie/bus';
import { refuse, type Refusal } from '@regie/contracts';
import type { Tx } from './transact.ts';
import { nobody } from './uuid.ts';

export interface Kept {
  fingerprint: Buffer; status: number | null; type: string | null; body: string | null; etag: string | null; location: string | null; settles: string | null;
}

export const keyOf = ({ caller, operation, idempotencyKey }: Question): [companyId: string, userId: string, operation: string, key: string] =>
  [caller.companyId ?? nobody, caller.id ?? nobody, operation.name, idempotencyKey!];
export const fingerprintOf = ({ fingerprint: [params, body] }: Question): Buffer => createHash('sha256').update(params).update('\0').update(body).digest();

const claim = {
  name: 'idempotency-claim',
  text: 'insert into idempotency (company_id, user_id, operation, key, fingerprint) values ($1, $2, $3, $4, $5) on conflict do nothing returning 1 as claimed',
};

/**
 * Claims the key in this transaction. A second caller waits here until the first has committed, then is given its answer.
 * @returns null when the work is ours to do, else the kept answer or a refusal
 * @throws the database's 55P03 when the first caller takes longer than the lock timeout; see `isLockTimeout`
 */
export async function claimKey(tx: Tx, question: Question): Promise<Served | Refusal<'idempotency.key-reused'> | null> {
  const fingerprint = fingerprintOf(question);
  const [mine] = await tx.query(claim, [...keyOf(question), fingerprint]);
  if (mine) return null;
  const [kept] = await tx.query<Kept>(
    'select fingerprint, status, type, body, etag, location, settles from idempotency where company_id = $1 and user_id = $2 and operation = $3 and key = $4',
    keyOf(question));
  return keptAnswer(kept, fingerprint);
}

/** What a repeated request is told, from what is kept of the first. */
export function keptAnswer(kept: Kept | undefined, fingerprint: Buffer): Served | Refusal<'idempotency.key-reused'> {
  if (!kept?.fingerprint.equals(fingerprint) || kept.status === null) {
    return refuse('idempotency.key-reused', {
      en: 'This Idempotency-Key came with another request. Use a new key.', fr: 'Cette clé a servi à une autre requête. Utilisez une nouvelle clé.',
    });
  }
  return {
    status: kept.status, type: kept.type!, body: kept.body ?? '', replayed: true,
    etag: kept.etag ?? undefined, location: kept.location ?? undefined, settles: kept.settles ?? undefined,
  };
}

/** Another transaction holds the key for longer than anybody should wait. */
export const keyInProgress = (): Refusal<'idempotency.in-progress'> =>
  refuse('idempotency.in-progress', {
    en: 'The first request with this key is still being answered. Ask again in a moment.',
    fr: 'La première requête avec cette clé est en cours. Redemandez dans un instant.',
  });

/** Answers that are kept: 2xx, and the 409 and 422 that the operation decided. */
export const isKept = ({ status }: Served): boolean => status < 300 || status === 409 || status === 422;

/** Keeps the answer with its effect. One that is not kept frees the key. */
export async function keepAnswer(tx: Tx, question: Question, served: Served): Promise<void> {
  const { status, type, body, etag, location, settles } = served;
  if (isKept(served)) {
    await tx.query('update idempotency set status = $5, type = $6, body = $7, etag = $8, location = $9, settles = $10 where company_id = $1 and user_id = $2 and operation = $3 and key = $4',
      [...keyOf(question), status, type, body, etag ?? null, location ?? null, settles ?? null]);
  } else {
    await tx.query('delete from idempotency where company_id = $1 and user_id = $2 and operation = $3 and key = $4', keyOf(question));
  }
}

/** Did a wait for somebody's lock take too long? */
export const isLockTimeout = (error: unknown): boolean => (error as { code?: string }).code === '55P03';
