/** Categories with their subcategories. Built-in ones belong to everybody and cannot be changed. */
import Type from 'typebox';
import { staff, warehouse } from '../caller.ts';
import { Id, list, listQuery, Name, nullable, object, optional, page, Search, stamps } from '../common.ts';
import { fact, operation } from '../define.ts';

/** `sound`, `video`, `lighting`, or a company's own. */
export const CategoryKey = Type.String({ pattern: '^[a-z0-9_]{2,30}$', maxLength: 30 });
/** In references and CSV: SON, VIDEO, LUMIERE, or a company's own. */
export const CategoryCode = Type.String({ pattern: '^[A-Z0-9]{2,10}$', maxLength: 10 });
const Labels = object({ en: Name, fr: Name });
const Subcategory = object({ id: Id, key: CategoryKey, name: Labels });
export const Category = object({
  ...stamps, key: CategoryKey, code: CategoryCode, name: Labels, builtIn: Type.Boolean(),
  subcategories: list(Subcategory, 100), archivedAt: nullable(stamps.createdAt),
});
/** Subcategories sent with a known `id` keep it; those left out go. */
const SubcategoryInput = object({ id: optional(Id), key: CategoryKey, name: Labels });

export const categoryFacts = {
  categoryCreated: fact('inventory.category.created', 1, Category, { visibility: 'partner' }),
  categoryChanged: fact('inventory.category.changed', 1, Category, { visibility: 'partner' }),
  categoryArchived: fact('inventory.category.archived', 1, Category, { visibility: 'partner' }),
};

export const categoryOperations = {
  listCategories: operation('inventory.category.list', {
    summary: 'List categories', route: 'GET /api/categories', roles: staff,
    query: listQuery(['key', '-createdAt'], { q: optional(Search), archived: optional(Type.Boolean()) }), output: page(Category),
  }),
  createCategory: operation('inventory.category.create', {
    summary: 'Add a category', route: 'POST /api/categories', roles: warehouse,
    body: object({ key: CategoryKey, code: CategoryCode, name: Labels, subcategories: optional(list(SubcategoryInput, 100)) }),
    output: Category, status: 201, errors: ['category.code-taken'], emits: [categoryFacts.categoryCreated],
  }),
  patchCategory: operation('inventory.category.patch', {
    summary: 'Change a category or its subcategories', route: 'PATCH /api/categories/:id', roles: warehouse,
    body: object({ name: optional(Labels), subcategories: optional(list(SubcategoryInput, 100)) }), output: Category,
    errors: ['category.built-in', 'category.in-use', 'category.code-taken'], emits: [categoryFacts.categoryChanged],
  }),
  archiveCategory: operation('inventory.category.archive', {
    summary: 'Archive a category', route: 'DELETE /api/categories/:id', roles: warehouse, output: Type.Null(), status: 204,
    errors: ['category.built-in', 'category.in-use'], emits: [categoryFacts.categoryArchived],
  }),
};
