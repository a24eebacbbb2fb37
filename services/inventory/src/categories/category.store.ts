/** Rows of companies' own categories; the built-in ones are joined to them where both are listed. */
import type { Refusal } from '@regie/contracts';
import { listRows, normalise, termsOf, type Sort, type Tx } from '@regie/store';
import { builtInByKey, type Category } from './category.ts';
import { builtInCategories } from './built-in.ts';

interface Row {
  id: string; version: number; key: string; code: string; name: Category['name']; subcategories: Category['subcategories'];
  built_in: boolean; created_at: Date; updated_at: Date; archived_at: Date | null;
}
export interface KeptCategory { readonly category: Category; readonly version: number }

const view = ({ id, key, code, name, subcategories, built_in, created_at, updated_at, archived_at }: Row): Category => ({
  id, key, code, name, subcategories, builtIn: built_in, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString(), archivedAt: archived_at?.toISOString() ?? null,
});
const kept = (row: Row): KeptCategory => ({ category: view(row), version: row.version });

/** What a category is found by, each word after a space. */
const wordsOf = ({ key, code, name, subcategories }: Pick<Category, 'key' | 'code' | 'name' | 'subcategories'>): string =>
  ` ${termsOf(key, code, name.en, name.fr, ...subcategories.flatMap((sub) => [sub.key, sub.name.en, sub.name.fr])).join(' ')}`;

const columns = 'id, version, key, code, name, subcategories, built_in, created_at, updated_at, archived_at';
const own = `id, version, key, code, name, subcategories, false as built_in, created_at, updated_at, archived_at`;
const builtIns = JSON.stringify(builtInCategories.map(({ createdAt, ...category }) => ({ ...category, created_at: createdAt, words: wordsOf(category) }))).replaceAll("'", "''");
const everything = `(select ${own}, company_id, words from category
  union all select id, 1, key, code, name, subcategories, true, created_at, created_at, null, null, words
    from jsonb_to_recordset('${builtIns}') as b (id uuid, key text, code text, name jsonb, subcategories jsonb, created_at timestamptz, words text)) c`;

const sorts: Readonly<Record<string, Sort>> = { key: { column: 'key', type: 'text' }, '-createdAt': { column: 'created_at', type: 'timestamptz', descending: true } };

export interface CategoryFilter { readonly limit?: number; readonly cursor?: string; readonly sort?: string; readonly q?: string; readonly archived?: boolean }

export async function listOfCategories(
  tx: Tx, { limit, cursor, sort = '-createdAt', q, archived = false }: CategoryFilter,
): Promise<{ items: Category[]; nextCursor: string | null } | Refusal<'request.cursor-invalid'>> {
  const page = await listRows<Row>(tx, {
    columns, from: everything, sort: sorts[sort]!, limit, cursor,
    where: [['(built_in or company_id = ?)', tx.companyId], [archived ? 'archived_at is not null' : 'archived_at is null'],
      ...(q === undefined ? [] : normalise(q).split(/\s+/).filter((word) => word !== '').slice(0, 6).map((word) => ['position(? in words) > 0', ` ${word}`] as const))],
  });
  return 'rows' in page ? { items: page.rows.map(view), nextCursor: page.nextCursor } : page;
}

/** @returns null when the company has used the key or the code before; archived categories keep theirs */
export async function insertCategory(
  tx: Tx, { id, key, code, name, subcategories }: Pick<Category, 'id' | 'key' | 'code' | 'name' | 'subcategories'>,
): Promise<KeptCategory | null> {
  const [row] = await tx.query<Row>(
    `insert into category (id, company_id, version, key, code, name, subcategories, words) values ($1, $2, 1, $3, $4, $5, $6, $7) on conflict do nothing returning ${own}`,
    [id, tx.companyId, key, code, JSON.stringify(name), JSON.stringify(subcategories), wordsOf({ key, code, name, subcategories })]);
  return row ? kept(row) : null;
}

/** Locks the row against others that change it, and against equipment being put into it. */
export async function lockCategory(tx: Tx, id: string): Promise<KeptCategory | undefined> {
  const [row] = await tx.query<Row>(`select ${own} from category where company_id = $1 and id = $2 for no key update`, [tx.companyId, id]);
  return row && kept(row);
}

export async function saveCategory(tx: Tx, { id, key, code, name, subcategories }: Category, archive = false): Promise<KeptCategory> {
  const [row] = await tx.query<Row>(
    `update category set version = version + 1, name = $3, subcategories = $4, words = $5, updated_at = now(),
     archived_at = ${archive ? 'now()' : 'archived_at'} where company_id = $1 and id = $2 returning ${own}`,
    [tx.companyId, id, JSON.stringify(name), JSON.stringify(subcategories), wordsOf({ key, code, name, subcategories })]);
  return kept(row!);
}

/** Is there equipment in the category, or of its subcategories only those named? @returns what is in use */
export async function placesInUse(tx: Tx, category: string, subcategories?: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ place: string }>(
    `select distinct case when $3::text[] is null then category else subcategory end as place from equipment
     where company_id = $1 and category = $2 and archived_at is null and ($3::text[] is null or subcategory = any($3))
       order by 1`, [tx.companyId, category, subcategories ?? null]);
  return rows.map(({ place }) => place);
}

/** The category of this key, kept as it is until the end of the transaction. */
export async function holdCategory(tx: Tx, key: string): Promise<Category | undefined> {
  const known = builtInByKey.get(key);
  if (known) return known;
  const [row] = await tx.query<Row>({ name: 'category-hold', text: `select ${own} from category where company_id = $1 and key = $2 for share` }, [tx.companyId, key]);
  return row && view(row);
}

/** All that equipment may be put into, kept as they are until the end of the transaction: built-in ones and the company's own. */
export async function holdCategories(tx: Tx): Promise<Category[]> {
  const rows = await tx.query<Row>(`select ${own} from category where company_id = $1 and archived_at is null order by key for share`, [tx.companyId]);
  return [...builtInCategories, ...rows.map(view)];
}

/** key → code, of the built-in ones and all the company ever had. */
export async function codesOf(tx: Tx): Promise<Map<string, string>> {
  const rows = await tx.query<{ key: string; code: string }>('select key, code from category where company_id = $1', [tx.companyId]);
  return new Map([...builtInCategories, ...rows].map(({ key, code }) => [key, code]));
}
