/** Categories: which there are, and what belongs in them. */
import { notFound, refuse, type Refusal } from '@regie/contracts';
import { builtInCategories, type Category } from './built-in.ts';

export type { Category };

export const builtInByKey: ReadonlyMap<string, Category> = new Map(builtInCategories.map((category) => [category.key, category]));
export const isBuiltIn = (id: string): boolean => builtInCategories.some((category) => category.id === id);

export const saidCategory = { en: 'category', fr: 'catégorie' };

export const builtInUnchangeable = (): Refusal<'category.built-in'> =>
  refuse('category.built-in', { en: 'It belongs to everybody. Add a category of your own.', fr: 'Elle appartient à tout le monde. Ajoutez votre propre catégorie.' });

/** Does somebody else have this key or code: a built-in one? Those of the company are the database's business. */
export const takenByBuiltIn = ({ key, code }: { key: string; code: string }): boolean => builtInCategories.some((category) => category.key === key || category.code === code);

export const codeTaken = (pointer?: string): Refusal<'category.code-taken'> =>
  refuse('category.code-taken', { en: 'Choose another key or code.', fr: 'Choisissez une autre clé ou un autre code.' },
    pointer === undefined ? {} : { errors: [{ pointer, message: { en: 'taken', fr: 'déjà pris' } }] });

export const categoryInUse = (keys: readonly string[]): Refusal<'category.in-use'> =>
  refuse('category.in-use', {
    en: `Equipment is in it: ${keys.join(', ')}. Move or archive that first.`,
    fr: `Du matériel s’y trouve : ${keys.join(', ')}. Déplacez-le ou archivez-le d’abord.`,
  });

type Subcategories = Category['subcategories'];
export type SentSubcategories = readonly { readonly id?: string; readonly key: string; readonly name: { en: string; fr: string } }[];

/**
 * The whole new list: those sent with a known id keep it, the others are new, those left out go.
 * @param newId gives a new id each time
 */
export function replaceSubcategories(before: Subcategories, sent: SentSubcategories, newId: () => string): Subcategories | Refusal<'not-found' | 'category.code-taken'> {
  const known = new Set(before.map(({ id }) => id));
  const keys = new Set<string>();
  for (const [index, { id, key }] of sent.entries()) {
    // An id sent twice would make two of one.
    if (id !== undefined && !known.delete(id)) return notFound({ en: 'subcategory', fr: 'sous-catégorie' }, `/subcategories/${index}/id`);
    if (keys.has(key)) return codeTaken(`/subcategories/${index}/key`);
    keys.add(key);
  }
  return sent.map(({ id, key, name }) => ({ id: id ?? newId(), key, name }));
}

/** Subcategory keys that equipment may be left in when the list is replaced. */
export const keysGone = (before: Subcategories, after: Subcategories): string[] => before.map(({ key }) => key).filter((key) => !after.some((one) => one.key === key));

/**
 * May equipment be put there? A built-in category takes any subcategory key, since nobody can add to its list;
 * a company's own takes those it lists.
 */
export function checkPlace(category: Category | undefined, subcategory: string | null): Refusal<'category.unknown'> | null {
  if (!category || category.archivedAt !== null) {
    return refuse('category.unknown', {
      en: 'There is no such category. Its key is asked for, such as "sound".', fr: 'Cette catégorie n’existe pas. C’est sa clé qui est demandée, par exemple « sound ».',
    }, { errors: [{ pointer: '/category', message: { en: 'unknown', fr: 'inconnue' } }] });
  }
  if (subcategory === null || category.builtIn || category.subcategories.some(({ key }) => key === subcategory)) return null;
  const listed = category.subcategories.map(({ key }) => key).join(', ') || '–';
  return refuse('category.unknown', {
    en: `The category has no such subcategory. It has: ${listed}.`, fr: `La catégorie n’a pas cette sous-catégorie. Elle a : ${listed}.`,
  }, { errors: [{ pointer: '/subcategory', message: { en: 'unknown', fr: 'inconnue' } }] });
}

/** The category a stock list means: by key, or by code whatever its case. */
export const categoryNamed = (categories: readonly Category[], cell: string): Category | undefined =>
  categories.find(({ key }) => key === cell) ?? categories.find(({ code }) => code === cell.toUpperCase());
