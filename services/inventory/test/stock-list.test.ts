import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inventory, type Caller } from '@regie/contracts';
import { aCaller } from '@regie/testing';
import { readFile } from 'node:fs/promises';
import { fiveImports } from './contests.ts';
import { aLine, openStage, type Stage } from './stage.ts';

const {
  listEquipment, createEquipment, getEquipment, patchEquipment, archiveEquipment,
  listUnits, listStatusHistory, importEquipment, exportEquipment, createCategory,
} = inventory.operations;
let stage: Stage;
beforeAll(async () => { stage = await openStage(); await stage.start(); });
afterAll(() => stage.drop());

const header = 'name,category,subcategory,brand,model,quantity,weight_kg,daily_rate,purchase_price,serial_numbers';
const take = (text: string, caller: Caller = stage.planner, params: Readonly<Record<string, unknown>> = {}) =>
  stage.ask(importEquipment, { params, body: text, timeout: 20_000 }, caller);
const nothing = { created: 0, updated: 0, rejected: [] };
async function give(caller: Caller): Promise<string[]> {
  const chunks: string[] = [];
  for (let cursor: string | null = null; ;) {
    const { body }: { body: { chunk: string; nextCursor: string | null } } = await stage.ask(exportEquipment, { params: cursor === null ? {} : { cursor } }, caller);
    chunks.push(body.chunk);
    if ((cursor = body.nextCursor) === null) return chunks;
  }
}
const rowsOf = (companyId: string | null, table = 'equipment') => stage.db.query(`select * from ${table} where company_id = $1 order by id`, [companyId]);

describe('the demo’s stock list', () => {
  test('is told by a dry run as it will be, comes in whole, and changes nothing the second time', async () => {
    const caller = aCaller();
    const csv = await readFile(new URL('../../../stack/src/demo/stock.csv', import.meta.url), 'utf8');
    const lines = csv.trimEnd().split('\n').length - 1;
    const told = { ...nothing, created: lines };
    expect(await take(csv, caller, { dryRun: true })).toMatchObject({ status: 200, body: told });
    expect(await rowsOf(caller.companyId)).toEqual([]);
    expect((await take(csv, caller)).body).toEqual(told);
    expect((await take(csv, caller)).body).toEqual(nothing);

    const { body } = await stage.ask(listEquipment, { params: { q: 'l-acoustics k2', limit: 1 } }, caller);
    expect(body.items).toMatchObject([{
      name: 'L-Acoustics K2', category: 'sound', subcategory: 'line_array', quantityTotal: 24, quantityAvailable: 24,
      status: 'available', dailyRate: { amount: 7_500, currency: 'EUR' }, reference: 'EQ-SON-002',
    }]);
    const facts = await stage.facts(body.items[0].id);
    expect(facts.map(({ type, sequence, actorid }) => [type, sequence, actorid])).toEqual([['regie.inventory.equipment.created.v1', '1', caller.id]]);
    expect(await rowsOf(caller.companyId, 'status_change')).toHaveLength(lines);
    // The order of the file is the order of references, and of the list by age.
    const all = (await stage.ask(listEquipment, { params: { category: 'video', sort: 'createdAt', limit: 200 } }, caller)).body.items.map(
      ({ reference }: { reference: string }) => reference);
    expect(all).toEqual(all.toSorted());
  });

  test('sent five times at once comes in once', async () => {
    expect(await fiveImports(stage)).toBe(50);
  });
});

describe('an import', () => {
  test('takes the good lines and names every bad one with its line, column, code and reason, in the caller’s language', async () => {
    const caller = aCaller({ language: 'fr' });
    const csv = `${header}\nK1,SON,,,,some,,,,\nK2,SON,,,,4,,,,\nK3,CHEESE,,,,4,,1.234,,\nK2,SON,,,,4,,,,\nshort,SON\n`;
    const { body } = await take(csv, caller);
    expect(body).toMatchObject({ created: 1, updated: 0 });
    expect(body.rejected.map(({ line, field, code }: any) => [line, field, code])).toEqual([
      [2, 'quantity', 'request.invalid'], [4, 'category', 'category.unknown'], [5, null, 'request.invalid'], [6, null, 'request.invalid'],
    ]);
    expect(body.rejected[0].message).toBe('Écrivez un nombre entier comme 12.');
    expect((await take(csv.replace('some', '3'), { ...caller, language: 'en' })).body)
      .toMatchObject({ created: 1, rejected: [{ line: 4, message: expect.stringContaining('no such category') }, {}, {}] });
  });

  test('is refused as a whole when it is no list, and when it is too long', async () => {
    for (const csv of ['', 'PK\u0003\u0004', '{"a":1}', 'nom,quantité\n', `${header}\n"open,SON,,,,1,,,,`])
      expect(await take(csv)).toMatchObject({ status: 422, body: { code: 'file.refused' } });
    expect(await take(`${header}\n${'K,SON,,,,1,,,,\n'.repeat(2_001)}`)).toMatchObject({ status: 413, body: { code: 'request.too-large' } });
    expect(await take(header, aCaller({ roles: ['technician'] }))).toMatchObject({ status: 403 });
    expect((await take(header)).body).toEqual(nothing);
  });

  test('reads semicolons, commas in numbers and a BOM, as a French spreadsheet writes them', async () => {
    const caller = aCaller();
    expect((await take(`\uFEFF${header.replaceAll(',', ';')}\r\nDécoupe;lighting;profile;Robert Juliat;614SX;6;9,8;25,50;1200,00;\r\n`, caller)).body)
      .toEqual({ ...nothing, created: 1 });
    expect((await stage.ask(listEquipment, {}, caller)).body.items).toMatchObject(
      [{ name: 'Découpe', weightGrams: 9_800, dailyRate: { amount: 2_550, currency: 'EUR' }, purchasePrice: { amount: 120_000, currency: 'EUR' } }]);
  });

  test('changes what a reference names, keeps what empty cells say nothing of, and tells what changed', async () => {
    const caller = aCaller();
    await take(`${header}\nK2,SON,line_array,L-Acoustics,K2,4,56,75.00,,`, caller);
    const { body: { items: [{ id, reference }] } } = await stage.ask(listEquipment, {}, caller);
    expect((await take(`reference,name,category,quantity,brand\n${reference},K2 neuf,VIDEO,6,\n`, caller)).body).toEqual({ ...nothing, updated: 1 });
    expect(await stage.ask(getEquipment, { params: { id } }, caller)).toMatchObject({
      etag: '"2"',
      body: { reference, name: 'K2 neuf', category: 'video', brand: 'L-Acoustics', weightGrams: 56_000, quantityTotal: 6, quantityAvailable: 6 },
    });
    expect((await stage.facts(id)).at(-1)).toMatchObject({ sequence: '2', data: { changes: { name: ['K2', 'K2 neuf'], category: ['sound', 'video'], quantityTotal: [4, 6] } } });
    expect((await stage.ask(listEquipment, { params: { q: 'neuf' } }, caller)).body.items).toHaveLength(1);
    expect((await stage.ask(listStatusHistory, { params: { id } }, caller)).body.items)
      .toMatchObject([{ from: 'available', to: 'available', quantity: 6 }, { from: null, quantity: 4 }]);
    const stranger = aCaller();
    expect((await take(`reference,name,category,quantity\n${reference},Mine,SON,1`, stranger)).body)
      .toMatchObject({ created: 0, rejected: [{ field: 'reference', code: 'not-found' }] });
    await stage.ask(archiveEquipment, { params: { id } }, caller);
    expect((await take(`reference,name,category,quantity\n${reference},Again,SON,1`, caller)).body)
      .toMatchObject({ updated: 0, rejected: [{ field: 'reference', code: 'not-found' }] });
  });

  test('makes pieces of serial numbers, which are found, and gives later ones to pieces without', async () => {
    const caller = aCaller();
    await take(`${header}\nSM58,SON,,Shure,SM58,3,,,,SN-1|SN-2`, caller);
    const { body: { items: [{ id, reference }] } } = await stage.ask(listEquipment, { params: { q: 'sn-2' } }, caller);
    const serials = async () => (await stage.ask(listUnits, { params: { id } }, caller)).body.items.map(({ code, serialNumber }: any) => [code, serialNumber]);
    expect(await serials()).toEqual([[`${reference}-001`, 'SN-1'], [`${reference}-002`, 'SN-2'], [`${reference}-003`, null]]);
    expect((await take(`${header}\nSM58,SON,,Shure,SM58,4,,,,SN-2|SN-3|SN-4`, caller)).body).toEqual({ ...nothing, updated: 1 });
    expect(await serials()).toEqual([[`${reference}-001`, 'SN-1'], [`${reference}-002`, 'SN-2'], [`${reference}-003`, 'SN-3'], [`${reference}-004`, 'SN-4']]);
    expect((await stage.ask(listEquipment, { params: { q: 'sn-4' } }, caller)).body.items).toHaveLength(1);
    expect((await stage.facts(id)).at(-1)).toMatchObject({ data: { changes: { quantityTotal: [3, 4], serialNumbers: [null, ['SN-3', 'SN-4']] } } });
    expect((await take(`${header}\nSM58,SON,,Shure,SM58,2,,,,`, caller)).body).toMatchObject({ updated: 0, rejected: [{ field: 'quantity', code: 'maintenance.units-required' }] });
  });

  test('does not lower a total below what is promised, told by the dry run too', async () => {
    const { body: { id, reference, name } } = await stage.ask(createEquipment, { body: { name: 'Promised', category: 'sound', quantityTotal: 5 } });
    await stage.settle({ lines: [aLine(id, 4)] });
    for (const dryRun of [true, false]) {
      expect((await take(`reference,name,category,quantity\n${reference},${name},SON,3`, stage.planner, { dryRun })).body)
        .toMatchObject({ updated: 0, rejected: [{ line: 2, field: 'quantity', code: 'equipment.total-below-promised' }] });
    }
    expect((await take(`reference,name,category,quantity\n${reference},${name},SON,4`)).body).toEqual({ ...nothing, updated: 1 });
  });

  test('of which every line is wrong in every cell says so in one answer', async () => {
    const long = 'é'.repeat(201);
    const csv = `${header}\n${`${long},CHEESE,A B,${long},${long},some,x,x,x,a|a\n`.repeat(1_200)}`;
    const { status, body } = await take(csv, aCaller({ language: 'fr' }));
    expect([status, body.created, body.rejected.length]).toEqual([200, 0, 12_000]);
  });

  test('of 2,000 lines takes less than its time', async () => {
    const caller = aCaller();
    const csv = `${header}\n${Array.from({ length: 2_000 }, (_, index) =>
      `Model ${index},SON,stand,Brand ${index % 50},M${index},${index % 40 + 1},1.5,12.00,100.00,${index % 10 === 0 ? 'A' : ''}`).join('\n')}`;
    const begun = performance.now();
    expect((await take(csv, caller)).body).toEqual({ ...nothing, created: 2_000 });
    const created = performance.now();
    expect((await take(csv, caller)).body).toEqual(nothing);
    // Ten seconds is what a caller waits; a statement a line would take longer.
    expect(created - begun).toBeLessThan(10_000);
    process.stdout.write(`2,000 lines: created in ${Math.round(created - begun)} ms, found unchanged in ${Math.round(performance.now() - created)} ms\n`);
  });
});

describe('an export', () => {
  test('imported again changes nothing, whatever the names are', async () => {
    const caller = aCaller();
    await stage.ask(createCategory, {
      body: { key: 'rigging', code: 'RIG', name: { en: 'Rigging', fr: 'Accroche' }, subcategories: [{ key: 'motor', name: { en: 'Motors', fr: 'Moteurs' } }] },
    }, caller);
    const names = [
      '=HYPERLINK("x")', "'=already", '+33', '-10 dB pad', '@home', '\ttab', 'comma, "quote"; semi',
      'two\nlines', 'two\r\nlines', ' spaces ', 'E\u0301clair', 'plain', '19" rack', "l'été", 'a|b',
    ];
    for (const name of names) {
      expect((await stage.ask(createEquipment, {
        body: {
          name, category: 'rigging', subcategory: 'motor', brand: name, quantityTotal: 3,
          weightGrams: 1_234, dailyRate: { amount: 1_999, currency: 'JPY' }, specs: { kept: true },
        },
      }, caller)).status).toBe(201);
    }
    await take(`${header}\nSM58,SON,,,,3,,0.05,,=SN|'2`, caller);
    const before = await rowsOf(caller.companyId);
    const [chunk, ...others] = await give(caller);
    expect(others).toEqual([]);
    expect(chunk).toMatch(/^reference,name,category,[a-z_,]+\r\nEQ-RIG-001,"'=HYPERLINK\(""x""\)",RIG,motor,/);
    expect((await take(chunk!, caller, { dryRun: true })).body).toEqual(nothing);
    expect((await take(chunk!, caller)).body).toEqual(nothing);
    expect(await rowsOf(caller.companyId)).toEqual(before);
    expect((await take(chunk!.replace('plain', 'changed'), caller)).body).toEqual({ ...nothing, updated: 1 });
  });

  test('comes in shorter pages where serial numbers make lines long', async () => {
    const caller = aCaller();
    const serials = (line: number) => Array.from({ length: 3_000 }, (_, index) => `${line}-${'S'.repeat(80)}-${index}`).join('|');
    for (let line = 0; line < 6; line++) expect((await take(`${header}\nLong ${line},SON,,,,3000,,,,${serials(line)}`, caller)).body).toEqual({ ...nothing, created: 1 });
    const chunks = await give(caller);
    expect(chunks.length).toBeGreaterThan(1);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(1_000_000);
    expect(chunks.join('').match(/EQ-SON-/g)).toHaveLength(6);
  });

  test('comes in pages of 500 with one header, leaves out what is archived, and is of one company', async () => {
    const caller = aCaller();
    await take(`${header}\n${Array.from({ length: 1_001 }, (_, index) => `Model ${index},VIDEO,,,,1,,,,`).join('\n')}`, caller);
    const { body: { items: [gone] } } = await stage.ask(listEquipment, { params: { q: 'Model 7' } }, caller);
    await stage.ask(archiveEquipment, { params: { id: gone.id } }, caller);
    const chunks = await give(caller);
    expect(chunks.map((chunk) => chunk.trimEnd().split('\r\n').length)).toEqual([501, 500]);
    expect(chunks.join('').match(/reference/g)).toHaveLength(1);
    expect(chunks.join('')).not.toContain(gone.reference);
    expect(await give(aCaller())).toEqual(['reference,name,category,subcategory,brand,model,quantity,weight_kg,daily_rate,purchase_price,serial_numbers,currency\r\n']);
    expect(await stage.ask(exportEquipment, { params: { cursor: 'nonsense' } }, caller)).toMatchObject({ status: 400, body: { code: 'request.cursor-invalid' } });
    expect((await stage.ask(patchEquipment, { params: { id: gone.id }, body: { description: 'archived' } }, caller)).status).toBe(200);
  });
});
