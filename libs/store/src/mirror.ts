/** Mirrors: another service's state kept here. Newer wins; no inbox, no waiting for gaps, any order gives the same. */
import type { Heard } from '@regie/bus';
import { ints, jsons, texts, uuids } from './arrays.ts';
import type { Beginning } from './transact.ts';

/** How the values of a column are sent: as PostgreSQL's own arrays where there is a way. */
const sent: Readonly<Record<string, (values: readonly never[]) => Buffer>> = { uuid: uuids, int: ints, text: texts, jsonb: jsons };
const columnOf = (type: string, values: readonly unknown[]): unknown => sent[type]?.(values as never[]) ?? values;

/**
 * Upserts rows `(company_id, id, sequence, …columns)` where the sequence is newer.
 * @param columns name → SQL type of the columns besides id, company and sequence; the same whenever this table is written
 * @returns the ids of rows that moved on
 */
export async function mirror(
  tx: Beginning, table: string, columns: Readonly<Record<string, string>>, messages: readonly Heard[], row: (message: Heard) => Readonly<Record<string, unknown>>,
): Promise<ReadonlySet<string>> {
  // Of several messages about one thing in a batch only the newest is written: a row cannot be upserted twice in one statement.
  const newest = new Map<string, Heard>();
  for (const message of messages) {
    const known = newest.get(message.subject);
    if (!known || Number(known.sequence) < Number(message.sequence)) newest.set(message.subject, message);
  }
  const all = [...newest.values()];
  if (all.length === 0) return new Set();
  const names = Object.keys(columns);
  const rows = all.map(row);
  const moved = await tx.query<{ id: string }>({
    name: `mirror-${table}`,
    text: `insert into ${table} as kept (id, company_id, sequence${names.map((name) => `, ${name}`).join('')})
     select * from unnest($1::uuid[], $2::uuid[], $3::int[]${names.map((name, index) => `, $${index + 4}::${columns[name]}[]`).join('')})
     on conflict (id) do update set sequence = excluded.sequence${names.map((name) => `, ${name} = excluded.${name}`).join('')}
       where excluded.sequence > kept.sequence and excluded.company_id = kept.company_id
     returning id`,
  }, [
    uuids(all.map(({ subject }) => subject)), uuids(all.map(({ companyid }) => companyid)), ints(all.map(({ sequence }) => Number(sequence))),
    ...names.map((name) => columnOf(columns[name]!, rows.map((values) => values[name] ?? null))),
  ]);
  return new Set(moved.map(({ id }) => id));
}
