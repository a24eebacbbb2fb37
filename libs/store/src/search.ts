/** Search without case and accents: words in a table of their own, found by prefix with a plain index, which works under row-level security. */
import type { Tx } from './transact.ts';

/** `Régie Éclair-2` → `regie eclair-2` */
export const normalise = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** The words somebody may type to find a thing: each word, and each part of hyphenated ones. */
export function termsOf(...fields: readonly (string | null | undefined)[]): string[] {
  const words = fields.flatMap((field) => (field ? normalise(field).split(/[^\p{L}\p{N}._@+-]+/u) : []));
  const parts = words.flatMap((word) => [word, ...word.split(/[._@+-]+/)]);
  return [...new Set(parts.filter((word) => word.length > 0).map((word) => word.slice(0, 60)))];
}

/** The table of a thing's words: `<thing>_term (company_id, term, id)`. */
export const termTableSql = (thing: string): string => `
  create table ${thing}_term (
    company_id uuid not null,
    term text collate "C" not null,
    id uuid not null references ${thing} (id) on delete cascade,
    primary key (company_id, term, id)
  );
  create index ${thing}_term_of on ${thing}_term (id);
`;

/** Replaces the words of one thing. */
export async function saveTerms(tx: Tx, thing: string, id: string, terms: readonly string[]): Promise<void> {
  await tx.query(`delete from ${thing}_term where company_id = $1 and id = $2 and term <> all($3::text[])`, [tx.companyId, id, terms]);
  await tx.query(`insert into ${thing}_term (company_id, term, id) select $1, term, $2 from unnest($3::text[]) term on conflict do nothing`, [tx.companyId, id, terms]);
}

/** Conditions for `listRows`: every word of `q` must begin one of the thing's words. */
export const searchConditions = (tx: Tx, thing: string, q: string, idColumn = 'id'): (readonly [string, ...unknown[]])[] =>
  termsOf(q).slice(0, 6).map((word) => [`${idColumn} in (select id from ${thing}_term where company_id = ? and term >= ? and term < ?)`, tx.companyId, word, `${word}\u{10ffff}`]);
