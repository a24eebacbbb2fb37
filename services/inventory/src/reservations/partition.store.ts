/** The one lock that everybody takes who promises, hands out, takes back, repairs or corrects stock. */
import { bigints, uuids, type Trip, type Tx } from '@regie/store';

/**
 * Makes the row where there is none, locks it until the end of the transaction, and raises its version, in one statement.
 * Rows are locked in the order of their ids, so that two batches with the same companies cannot wait for each other in a circle.
 */
const lock = {
  name: 'partition-lock',
  text: `insert into partition as kept (company_id, version) select id, 1 from (select distinct unnest($1::uuid[]) as id order by id) companies
    on conflict (company_id) do update set version = kept.version + 1 returning company_id, version`,
};

/**
 * Locks the companies named (the transaction's own unless said) until the transaction ends: take it before reading what is promised, out, in repair or in stock.
 * A statement after it sees everything the holder before committed.
 * @returns each company's version, which rises with every holder
 * @throws the database's 55P03 when the holder before takes too long
 */
export async function lockPartition(tx: Tx, companyIds: readonly string[] = [tx.companyId]): Promise<Map<string, number>> {
  const rows = await tx.query<{ company_id: string; version: number }>(lock, [companyIds]);
  return new Map(rows.map(({ company_id, version }) => [company_id, version]));
}

/** Places in the order of a company's decisions: holder after holder, and within one in the order they are given. */
export function placesOf(versions: ReadonlyMap<string, number>): (companyId: string) => number {
  const given = new Map<string, number>();
  return (companyId) => {
    const place = given.get(companyId) ?? 0;
    given.set(companyId, place + 1);
    return versions.get(companyId)! * 1_000_000 + place;
  };
}

/**
 * For what was decided before the lock was held: takes it, and raises the versions, if they are what the decision counted on, and of whom it counted on.
 * The database answers with the error RG001 when one is not, and the transaction comes to nothing.
 */
const compare = { name: 'partition-compare', text: 'select partition_raise($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid)' };

/** A company's version, and who raised it to that: null where it was raised under the lock, and nobody else can have given that number. */
export interface Raised { readonly id: string; readonly version: number; readonly raisedBy: string | null }

/**
 * Adds it to a trip, before what counts on it.
 * @param companies as they must be found
 * @param by the batch that raises them. The one sent behind it counts on it, not on the number alone: if this one fails, somebody else may raise to just that number
 */
export function compareAndRaise(trip: Pick<Trip, 'query'>, companies: Iterable<Raised>, by: string): void {
  const all = [...companies];
  trip.query(compare, [uuids(all.map(({ id }) => id)), bigints(all.map(({ version }) => version)), uuids(all.map(({ raisedBy }) => raisedBy)), by]);
}
