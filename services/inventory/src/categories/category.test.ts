import { expect, test } from '@jest/globals';
import { isRefusal } from '@regie/contracts';
import { builtInCategories } from './built-in.ts';
import { categoryNamed, checkPlace, keysGone, replaceSubcategories, takenByBuiltIn, type Category } from './category.ts';

const name = { en: 'Rigging', fr: 'Accroche' };
const motor = { id: 'm', key: 'motor', name };
const truss = { id: 't', key: 'truss', name };
const rigging: Category = { ...builtInCategories[0]!, id: 'own', key: 'rigging', code: 'RIG', builtIn: false, subcategories: [motor, truss] };
const newId = () => 'new';

test('the built-in categories are sound, video and lighting, with the codes of references, and no id stands twice', () => {
  expect(builtInCategories.map(({ key, code }) => [key, code])).toEqual([['sound', 'SON'], ['video', 'VIDEO'], ['lighting', 'LUMIERE']]);
  const ids = builtInCategories.flatMap(({ id, subcategories }) => [id, ...subcategories.map((sub) => sub.id)]);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a built-in key or code is taken', () => {
  expect(takenByBuiltIn({ key: 'sound', code: 'X' })).toBe(true);
  expect(takenByBuiltIn({ key: 'x', code: 'SON' })).toBe(true);
  expect(takenByBuiltIn({ key: 'rigging', code: 'RIG' })).toBe(false);
});

test('a built-in category takes any subcategory, an own one those it lists', () => {
  expect(checkPlace(builtInCategories[0], 'whatever')).toBeNull();
  expect(checkPlace(rigging, 'motor')).toBeNull();
  expect(checkPlace(rigging, null)).toBeNull();
  expect(checkPlace(rigging, 'whatever')).toMatchObject({ code: 'category.unknown', extra: { errors: [{ pointer: '/subcategory' }] } });
});

test('nothing can be put into a category that is unknown or archived', () => {
  expect(checkPlace(undefined, null)).toMatchObject({ code: 'category.unknown' });
  expect(checkPlace({ ...rigging, archivedAt: '2026-01-01T00:00:00.000Z' }, null)).toMatchObject({ code: 'category.unknown' });
});

test('a list of subcategories replaces the old one: known ids stay, others are new, those left out go', () => {
  const after = replaceSubcategories([motor, truss], [{ id: 't', key: 'trussing', name }, { key: 'shackle', name }], newId);
  expect(after).toEqual([{ id: 't', key: 'trussing', name }, { id: 'new', key: 'shackle', name }]);
  expect(isRefusal(after) || keysGone([motor, truss], after)).toEqual(['motor', 'truss']);
});

test('a subcategory is not listed twice, and an id is not invented', () => {
  expect(replaceSubcategories([], [{ key: 'a1', name }, { key: 'a1', name }], newId))
    .toMatchObject({ code: 'category.code-taken', extra: { errors: [{ pointer: '/subcategories/1/key' }] } });
  expect(replaceSubcategories([motor], [{ id: 'x', key: 'a1', name }], newId)).toMatchObject({ code: 'not-found' });
  expect(replaceSubcategories([motor], [{ id: 'm', key: 'a1', name }, { id: 'm', key: 'b1', name }], newId)).toMatchObject({ code: 'not-found' });
});

test('a stock list names a category by its key or by its code, whatever the case of the code', () => {
  const all = [...builtInCategories, rigging];
  expect(['SON', 'son', 'sound', 'RIG', 'rigging', 'Sound', ''].map((cell) => categoryNamed(all, cell)?.key))
    .toEqual(['sound', 'sound', 'sound', 'rigging', 'rigging', undefined, undefined]);
});
