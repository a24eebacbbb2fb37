/** Keys in the database: every replica reads the same ones. */
import type { OutputOf, identity } from '@regie/contracts';
import type { Tx } from '@regie/store';
import type { SigningKey } from './key.ts';

export type PublicJwk = OutputOf<typeof identity.operations.getKeys>['keys'][number];
export interface KeptKey extends SigningKey {
  readonly publicKey: PublicJwk;
  readonly sealedPrivateKey: Buffer;
}

export const readKeys = (tx: Tx): Promise<KeptKey[]> =>
  tx.query<KeptKey>({
    name: 'signing-keys',
    text: `select id, signs_from as "signsFrom", public_key as "publicKey", sealed_private_key as "sealedPrivateKey" from signing_key order by signs_from`,
  });

/** One replica at a time looks after the keys. */
export async function lockKeys(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('signing_key'))`);
}

export async function insertKey(tx: Tx, { id, signsFrom, publicKey, sealedPrivateKey }: KeptKey): Promise<void> {
  await tx.query('insert into signing_key (id, signs_from, public_key, sealed_private_key) values ($1, $2, $3, $4)', [id, signsFrom, JSON.stringify(publicKey), sealedPrivateKey]);
}

export async function dropKeys(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.query('delete from signing_key where id = any($1::uuid[])', [ids]);
}
