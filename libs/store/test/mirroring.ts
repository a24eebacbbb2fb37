/** A mirror's test, as a function of the mirror: whatever order facts are heard in, however often and by how many at once, the newest stands. */
import type { Heard } from '@regie/bus';
import { transactMany, uuid7, type Database, type mirror, type Tx } from '../src/index.ts';

export type Mirror = typeof mirror;

export const mirrorSql = `
  create table place (id uuid primary key, company_id uuid not null, sequence int not null, name text not null);
`;

const heard = (subject: string, companyid: string, sequence: number): Heard => ({
  specversion: '1.0', id: uuid7(), source: '/events', type: 'regie.events.event.changed.v1', subject,
  time: '', datacontenttype: 'application/json', dataschema: '', companyid, sequence: String(sequence),
  data: { name: `version ${sequence}` }, bytes: new Uint8Array(), wireSubject: '', streamSequence: 0, delivery: 1,
});

/** @throws when anything but the newest version is there at the end */
export async function newestStands(keep: Mirror, db: Database, random: () => number): Promise<void> {
  const companies = [uuid7(), uuid7()];
  const things = companies.flatMap((company) => Array.from({ length: 6 }, () => ({ id: uuid7(), company })));
  const latest = 8;
  const told = things.flatMap(({ id, company }) => Array.from({ length: latest }, (_, index) => heard(id, company, index + 1)));
  // Each three times, in any order, in batches that overtake each other.
  const shuffled = [...told, ...told, ...told].map((one) => [random(), one] as const).toSorted(([a], [b]) => a - b).map(([, one]) => one);
  const batches = Array.from({ length: 12 }, (_, index) => shuffled.filter((_one, at) => at % 12 === index));
  const write = (batch: readonly Heard[]) => transactMany(db, companies, { actorId: null }, (tx) =>
    keep(tx, 'place', { name: 'text' }, batch.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)), ({ data }) => ({ name: (data as { name: string }).name })));
  for (let at = 0; at < batches.length; at += 3) await Promise.all(batches.slice(at, at + 3).map(write));
  // And once more the very first, long after.
  await write(told.filter(({ sequence }) => sequence === '1'));
  const rows = await transactMany(db, companies, { actorId: null }, (tx: Tx) =>
    tx.query<{ sequence: number; name: string }>('select sequence, name from place where company_id = any($1::uuid[])', [companies]));
  const wrong = rows.filter(({ sequence, name }) => sequence !== latest || name !== `version ${latest}`);
  if (rows.length !== things.length || wrong.length > 0) throw new Error(`${wrong.length} of ${rows.length} rows are not at version ${latest}`);
}
