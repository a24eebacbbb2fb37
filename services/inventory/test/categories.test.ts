import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inventory } from '@regie/contracts';
import { aCaller, atOnce } from '@regie/testing';
import { openStage, type Stage } from './stage.ts';

const { listCategories, createCategory, patchCategory, archiveCategory, createEquipment } = inventory.operations;
let stage: Stage;
beforeAll(async () => { stage = await openStage(); await stage.start(); });
afterAll(() => stage.drop());

const name = { en: 'Rigging', fr: 'Accroche' };
const motor = { key: 'motor', name: { en: 'Motors', fr: 'Moteurs' } };
const keys = (items: readonly { key: string }[]) => items.map(({ key }) => key);

test('everybody has sound, video and lighting, which cannot be changed', async () => {
  const caller = aCaller();
  const { body } = await stage.ask(listCategories, { params: { sort: 'key' } }, caller);
  expect(body.items.map(({ key, code, builtIn }: { key: string; code: string; builtIn: boolean }) => [key, code, builtIn]))
    .toEqual([['lighting', 'LUMIERE', true], ['sound', 'SON', true], ['video', 'VIDEO', true]]);
  const [{ id }] = body.items;
  expect(await stage.ask(patchCategory, { params: { id }, body: { name } }, caller)).toMatchObject({ status: 409, body: { code: 'category.built-in' } });
  expect(await stage.ask(archiveCategory, { params: { id } }, caller)).toMatchObject({ status: 409, body: { code: 'category.built-in' } });
  expect(await stage.ask(createCategory, { body: { key: 'music', code: 'SON', name } }, caller)).toMatchObject({ status: 409, body: { code: 'category.code-taken' } });
});

test('a company’s own is added, listed newest first before the built-in ones, page by page, and found without accents', async () => {
  const caller = aCaller();
  const created = await stage.ask(createCategory, { body: { key: 'rigging', code: 'RIG', name, subcategories: [motor] } }, caller);
  expect(created).toMatchObject({ status: 201, etag: '"1"', body: { key: 'rigging', code: 'RIG', name, builtIn: false, archivedAt: null, subcategories: [motor] } });
  await stage.ask(createCategory, { body: { key: 'power', code: 'ELEC', name: { en: 'Power', fr: 'Électricité' } } }, caller);
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const { body }: { body: { items: { key: string }[]; nextCursor: string | null } } =
      await stage.ask(listCategories, { params: { limit: 2, ...(cursor === null ? {} : { cursor }) } }, caller);
    pages.push(keys(body.items));
    cursor = body.nextCursor;
  } while (cursor !== null);
  expect(pages.flat()).toEqual(['power', 'rigging', 'lighting', 'video', 'sound']);
  expect(pages).toHaveLength(3);
  expect(keys((await stage.ask(listCategories, { params: { q: 'electricite' } }, caller)).body.items)).toEqual(['power']);
  expect(keys((await stage.ask(listCategories, { params: { q: 'mot' } }, caller)).body.items)).toEqual(['rigging']);
  expect(keys((await stage.ask(listCategories, { params: { q: 'line_arr' } }, caller)).body.items)).toEqual(['sound']);
  expect(await stage.ask(listCategories, { params: { cursor: 'nonsense' } }, caller)).toMatchObject({ status: 400, body: { code: 'request.cursor-invalid' } });
});

test('of twenty that want one code at once, one gets it', async () => {
  const caller = aCaller();
  const answers = await atOnce(20, (index) => stage.ask(createCategory, { body: { key: `own_${index}`, code: 'OWN', name } }, caller));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
});

test('its subcategories are replaced as a whole, ids are kept, and what is in use stays', async () => {
  const caller = aCaller();
  const { body: { id, subcategories: [kept] } } =
    await stage.ask(createCategory, { body: { key: 'rigging', code: 'RIG', name, subcategories: [motor, { key: 'truss', name }] } }, caller);
  const equipment = await stage.ask(createEquipment, { body: { name: 'CM Lodestar', category: 'rigging', subcategory: 'motor', quantityTotal: 8 } }, caller);
  expect(equipment).toMatchObject({ status: 201, body: { reference: 'EQ-RIG-001' } });
  expect(await stage.ask(createEquipment, { body: { name: 'X', category: 'rigging', subcategory: 'shackle', quantityTotal: 8 } }, caller))
    .toMatchObject({ status: 422, body: { code: 'category.unknown', errors: [{ pointer: '/subcategory' }] } });

  expect(await stage.ask(patchCategory, { params: { id }, body: { subcategories: [] } }, caller)).toMatchObject({ status: 409, body: { code: 'category.in-use' } });
  const patched = await stage.ask(patchCategory, { params: { id }, body: { subcategories: [{ ...motor, id: kept.id, name }, { key: 'shackle', name }] }, ifMatch: '"1"' }, caller);
  expect(patched).toMatchObject({ status: 200, etag: '"2"', body: { subcategories: [{ id: kept.id, key: 'motor', name }, { key: 'shackle' }] } });
  expect(await stage.ask(patchCategory, { params: { id }, body: { name: motor.name }, ifMatch: '"1"' }, caller)).toMatchObject({ status: 412 });
  expect(await stage.ask(archiveCategory, { params: { id } }, caller)).toMatchObject({ status: 409, body: { code: 'category.in-use' } });
  expect((await stage.facts(id)).map(({ type, sequence }) => [type, sequence]))
    .toEqual([['regie.inventory.category.created.v1', '1'], ['regie.inventory.category.changed.v1', '2']]);
});

test('archived, it takes no equipment any more and keeps its code', async () => {
  const caller = aCaller();
  const { body: { id } } = await stage.ask(createCategory, { body: { key: 'old', code: 'OLD', name } }, caller);
  expect((await stage.ask(archiveCategory, { params: { id } }, caller)).status).toBe(204);
  expect((await stage.ask(archiveCategory, { params: { id } }, caller)).status).toBe(204);
  expect(keys((await stage.ask(listCategories, {}, caller)).body.items)).not.toContain('old');
  expect(keys((await stage.ask(listCategories, { params: { archived: true } }, caller)).body.items)).toEqual(['old']);
  expect(await stage.ask(createEquipment, { body: { name: 'X', category: 'old', quantityTotal: 1 } }, caller)).toMatchObject({ status: 422, body: { code: 'category.unknown' } });
  expect((await stage.ask(createCategory, { body: { key: 'new', code: 'OLD', name } }, caller)).status).toBe(409);
});

test('another company’s is not there', async () => {
  const { body: { id } } = await stage.ask(createCategory, { body: { key: 'mine', code: 'MINE', name } }, aCaller());
  const stranger = aCaller();
  expect((await stage.ask(patchCategory, { params: { id }, body: { name } }, stranger)).status).toBe(404);
  expect((await stage.ask(archiveCategory, { params: { id } }, stranger)).status).toBe(404);
  expect((await stage.ask(createCategory, { body: { key: 'mine', code: 'MINE', name } }, stranger)).status).toBe(201);
});
