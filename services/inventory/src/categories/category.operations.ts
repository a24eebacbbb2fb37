/** Categories: list, add, change, archive. */
import { categoryFacts, isRefusal, notFound, reply, type categoryOperations as contract } from '@regie/contracts';
import type { HandlersIn } from '@regie/runtime';
import { changesBetween, stale, uuid7 } from '@regie/store';
import { builtInUnchangeable, categoryInUse, codeTaken, isBuiltIn, keysGone, replaceSubcategories, saidCategory, takenByBuiltIn } from './category.ts';
import { insertCategory, listOfCategories, lockCategory, placesInUse, saveCategory } from './category.store.ts';

const { categoryCreated, categoryChanged, categoryArchived } = categoryFacts;

export const categoryOperations: HandlersIn<typeof contract> = {
  listCategories: (input, { tx }) => listOfCategories(tx, input),

  async createCategory({ key, code, name, subcategories: sent = [] }, { tx, tell }) {
    if (takenByBuiltIn({ key, code })) return codeTaken();
    const subcategories = replaceSubcategories([], sent, uuid7);
    if (isRefusal(subcategories)) return subcategories;
    const created = await insertCategory(tx, { id: uuid7(), key, code, name, subcategories });
    if (!created) return codeTaken();
    tell(categoryCreated, created.category, { version: 1, changes: changesBetween({}, created.category) });
    return reply(created.category, { version: 1 });
  },

  async patchCategory({ id, name, subcategories: sent }, { tx, tell, expectedVersion }) {
    if (isBuiltIn(id)) return builtInUnchangeable();
    const before = await lockCategory(tx, id);
    if (!before) return notFound(saidCategory);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    const subcategories = sent === undefined ? before.category.subcategories : replaceSubcategories(before.category.subcategories, sent, uuid7);
    if (isRefusal(subcategories)) return subcategories;
    const used = await placesInUse(tx, before.category.key, keysGone(before.category.subcategories, subcategories));
    if (used.length > 0) return categoryInUse(used);
    const wanted = { ...before.category, name: name ?? before.category.name, subcategories };
    const changes = changesBetween(before.category, wanted);
    if (Object.keys(changes).length === 0) return reply(before.category, { version: before.version });
    const { category, version } = await saveCategory(tx, wanted);
    tell(categoryChanged, category, { version, changes });
    return reply(category, { version });
  },

  async archiveCategory({ id }, { tx, tell, expectedVersion }) {
    if (isBuiltIn(id)) return builtInUnchangeable();
    const before = await lockCategory(tx, id);
    if (!before) return notFound(saidCategory);
    if (expectedVersion !== undefined && expectedVersion !== before.version) return stale();
    if (before.category.archivedAt !== null) return null;
    const used = await placesInUse(tx, before.category.key);
    if (used.length > 0) return categoryInUse(used);
    const { category, version } = await saveCategory(tx, before.category, true);
    tell(categoryArchived, category, { version, changes: { archivedAt: [null, category.archivedAt] } });
    return null;
  },
};
