import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inventory, type Caller } from '@regie/contracts';
import { uuid7 } from '@regie/store';
import { aCaller, atOnce } from '@regie/testing';
import { ordersMeetTotals, tenWithOneVersion } from './contests.ts';
import { aLine, fromNow, openStage, type Stage } from './stage.ts';

const {
  listEquipment, createEquipment, getEquipment, patchEquipment, archiveEquipment,
  listStatusHistory, listUnits, createCategory, openMaintenance, deliverReservation,
} = inventory.operations;
let stage: Stage;
beforeAll(async () => { stage = await openStage(); await stage.start(); });
afterAll(() => stage.drop());

const k2 = { name: 'L-Acoustics K2', category: 'sound', subcategory: 'line_array', brand: 'L-Acoustics', model: 'K2', quantityTotal: 24 };
const create = async (over: Readonly<Record<string, unknown>> = {}, caller: Caller = stage.planner) =>
  (await stage.ask(createEquipment, { body: { ...k2, ...over } }, caller)).body;
const patch = (id: string, body: Readonly<Record<string, unknown>>, ifMatch?: string) =>
  stage.ask(patchEquipment, { params: { id }, body, ...(ifMatch === undefined ? {} : { ifMatch }) });
const namesOf = (items: readonly { name: string }[]) => items.map(({ name }) => name);
/** All pages of a list. */
async function everything(params: Readonly<Record<string, unknown>>, caller: Caller) {
  const pages: any[][] = [];
  for (let cursor: string | null = null; ;) {
    const { status, body }: { status: number; body: any } = await stage.ask(listEquipment, { params: { ...params, ...(cursor === null ? {} : { cursor }) } }, caller);
    expect(status).toBe(200);
    pages.push(body.items);
    if ((cursor = body.nextCursor) === null) return pages;
  }
}

describe('equipment', () => {
  test('is created with a reference, its figures, a version, a fact and the beginning of its history', async () => {
    const created = await stage.ask(
      createEquipment, { body: { ...k2, dailyRate: { amount: 7_500, currency: 'EUR' }, specs: { 'power W': 1200 }, dimensionsMm: { l: 3, w: 2, h: 1 } } });
    expect(created).toMatchObject({ status: 201, etag: '"1"', location: `/api/equipment/${created.body.id}`, body: {
      ...k2, reference: expect.stringMatching(/^EQ-SON-\d{3}$/), tracking: 'bulk', status: 'available', quantityAvailable: 24,
      quantityReserved: 0, quantityOutOfService: 0, dailyRate: { amount: 7_500, currency: 'EUR' }, weightGrams: null,
    } });
    const { id } = created.body;
    expect(await stage.ask(getEquipment, { params: { id } })).toMatchObject({ etag: '"1"', body: created.body });
    const [fact] = await stage.facts(id);
    expect(fact).toMatchObject({ type: 'regie.inventory.equipment.created.v1', sequence: '1', data: { id, name: k2.name, changes: { name: [null, k2.name] } } });
    expect(fact!.data).not.toHaveProperty('status');
    expect((await stage.ask(listStatusHistory, { params: { id } })).body.items)
      .toMatchObject([{ from: null, to: 'available', quantity: 24, actorId: stage.planner.id, cause: { kind: 'equipment', id } }]);
  });

  test('of which twenty are created at once have twenty references in a row', async () => {
    const caller = aCaller();
    const created = await atOnce(20, () => create({ category: 'lighting' }, caller));
    expect(created.map(({ reference }) => reference).toSorted()).toEqual(Array.from({ length: 20 }, (_, index) => `EQ-LUMIERE-${String(index + 1).padStart(3, '0')}`));
  });

  test('keeps its reference in another category, and a reference is not given again', async () => {
    const caller = aCaller();
    const { id } = await create({}, caller);
    expect((await stage.ask(patchEquipment, { params: { id }, body: { category: 'video' } }, caller)).body).toMatchObject({ reference: 'EQ-SON-001', category: 'video' });
    expect((await stage.ask(archiveEquipment, { params: { id } }, caller)).status).toBe(204);
    expect([(await create({}, caller)).reference, (await create({ category: 'video' }, caller)).reference]).toEqual(['EQ-SON-002', 'EQ-VIDEO-001']);
    await stage.db.query('update reference_counter set last = 999 where company_id = $1', [caller.companyId]);
    expect((await create({}, caller)).reference).toBe('EQ-SON-1000');
  });

  test('is refused in an unknown category, with two currencies, with strange accessories, and with names that are not text', async () => {
    const refused = async (over: Readonly<Record<string, unknown>>) => {
      const { status, body } = await stage.ask(createEquipment, { body: { ...k2, ...over } });
      return [status, body.code];
    };
    expect(await refused({ category: 'SON' })).toEqual([400, 'request.invalid']);
    expect(await refused({ category: 'cheese' })).toEqual([422, 'category.unknown']);
    expect(await refused({ dailyRate: { amount: 1, currency: 'EUR' }, purchasePrice: { amount: 1, currency: 'USD' } })).toEqual([422, 'money.currency-mismatch']);
    expect(await refused({ accessoryIds: [(await create({}, aCaller())).id] })).toEqual([404, 'not-found']);
    for (const specs of [{ a: 'x\0' }, { 'a\0': 'x' }, { a: '\ud800' }, { a: null }]) expect(await refused({ specs })).toEqual([400, 'request.invalid']);
    expect(await refused({ tracking: 'serialised', quantityTotal: 10_001 })).toEqual([400, 'request.invalid']);
  });

  test('is patched field by field, null clears, and what is there already is no new version', async () => {
    const { id } = await create({ weightGrams: 56_000, dimensionsMm: { l: 1, w: 2, h: 3 } });
    expect(await patch(id, { weightGrams: null, name: 'K2 II' })).toMatchObject({ status: 200, etag: '"2"', body: { weightGrams: null, name: 'K2 II', brand: 'L-Acoustics' } });
    expect(await patch(id, { name: 'K2 II', dimensionsMm: { h: 3, l: 1, w: 2 } })).toMatchObject({ status: 200, etag: '"2"' });
    expect(await patch(id, { name: null })).toMatchObject({ status: 400 });
    expect(await patch(id, { replacementValue: { amount: 1, currency: 'EUR' }, dailyRate: { amount: 1, currency: 'CHF' } }))
      .toMatchObject({ status: 422, body: { code: 'money.currency-mismatch' } });
    expect((await stage.facts(id)).map(({ data }) => Object.keys(data.changes))).toMatchObject([expect.anything(), ['name', 'weightGrams']]);
  });

  test('is not patched or archived on a stale version; of ten patches at once with one version, one wins', async () => {
    const { id } = await create();
    await patch(id, { name: 'second' }, '"1"');
    expect(await patch(id, { name: 'third' }, '"1"')).toMatchObject({ status: 412, body: { code: 'request.stale' } });
    expect(await stage.ask(archiveEquipment, { params: { id }, ifMatch: '"1"' })).toMatchObject({ status: 412 });
    expect(await tenWithOneVersion(stage)).toEqual([200, ...Array.from({ length: 9 }, () => 412)]);
    await atOnce(10, (index) => patch(id, { description: `unconditional ${index}` }));
    const versions = (await stage.facts(id)).map(({ sequence }) => Number(sequence));
    expect(versions).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  test('is known by its id in capitals too', async () => {
    const { id } = await create({ quantityTotal: 5 });
    const capitals = id.toUpperCase();
    await stage.settle({ lines: [aLine(id, 2, fromNow(-1), fromNow(1))] });
    expect((await stage.ask(getEquipment, { params: { id: capitals } })).body).toMatchObject({ id, quantityReserved: 2 });
    expect((await patch(capitals, { quantityTotal: 6 })).body).toMatchObject({ id, quantityAvailable: 4 });
    expect((await patch((await create()).id, { accessoryIds: [capitals] })).body).toMatchObject({ accessoryIds: [id] });
    expect((await stage.ask(archiveEquipment, { params: { id: capitals } })).body.code).toBe('equipment.in-use');
  });

  test('of another company is not there', async () => {
    const { id } = await create();
    const stranger = aCaller();
    for (const [operation, body] of [[getEquipment], [patchEquipment, { name: 'Mine' }], [archiveEquipment], [listStatusHistory], [listUnits]] as const) {
      expect((await stage.ask(operation, { params: { id }, body }, stranger)).status).toBe(404);
    }
    expect((await stage.ask(listEquipment, {}, stranger)).body.items).toEqual([]);
    const own = await create({}, stranger);
    expect((await stage.ask(patchEquipment, { params: { id: own.id }, body: { accessoryIds: [id] } }, stranger)).body)
      .toMatchObject({ code: 'not-found', errors: [{ pointer: '/accessoryIds/0' }] });
  });

  test('tracked piece by piece has pieces with codes, gets more, and loses none by a number', async () => {
    const { id, reference } = await create({ tracking: 'serialised', quantityTotal: 3 });
    expect((await stage.ask(listUnits, { params: { id } })).body.items).toMatchObject(
      [1, 2, 3].map((n) => ({ equipmentId: id, code: `${reference}-00${n}`, serialNumber: null, condition: 'good', status: 'in_stock' })));
    expect((await patch(id, { quantityTotal: 5 })).body).toMatchObject({ quantityTotal: 5, quantityAvailable: 5 });
    const first = await stage.ask(listUnits, { params: { id, limit: 4 } });
    expect((await stage.ask(listUnits, { params: { id, limit: 4, cursor: first.body.nextCursor } })).body)
      .toMatchObject({ items: [{ code: `${reference}-005` }], nextCursor: null });
    expect(await patch(id, { quantityTotal: 4 })).toMatchObject({ status: 422, body: { code: 'maintenance.units-required' } });
  });
});

describe('what is promised', () => {
  test('keeps a total from going below it and equipment from being archived, until it is cancelled', async () => {
    const { id } = await create({ quantityTotal: 10 });
    const [later, reservationId, eventId] = [aLine(id, 4), uuid7(), uuid7()];
    await stage.settle({ id: reservationId, lines: [later] }, { eventId });
    await stage.settle({ lines: [aLine(id, 3, 4, 12)] });
    expect(await patch(id, { quantityTotal: 6 })).toMatchObject({ status: 409, body: { code: 'equipment.total-below-promised', promised: 7 } });
    expect((await patch(id, { quantityTotal: 7 })).body).toMatchObject({ quantityTotal: 7, quantityAvailable: 7, quantityReserved: 0, status: 'available' });
    expect(await stage.ask(archiveEquipment, { params: { id } })).toMatchObject({ status: 409, body: { code: 'equipment.in-use' } });
    await stage.settle({ id: reservationId, revision: 2, lines: [] }, { eventId });
    expect(await stage.ask(archiveEquipment, { params: { id } })).toMatchObject({ status: 409 });
    expect((await patch(id, { quantityTotal: 3 })).status).toBe(200);
  });

  test('stays true when orders and totals meet: never more promised than there is', async () => {
    expect(await ordersMeetTotals(stage)).toBe(0);
  });

  test('is short when a repair comes on top, and a higher total ends that and is told', async () => {
    const { id } = await create({ quantityTotal: 4 });
    const { id: reservationId, lines: [line] } = await stage.settle({ lines: [aLine(id, 4)] });
    await stage.ask(openMaintenance, { body: { equipmentId: id, quantity: 2, priority: 'high', problem: 'Hum' } });
    expect(await stage.db.query('select line_id, short from shortage where equipment_id = $1', [id])).toEqual([{ line_id: line!.id, short: 2 }]);
    expect((await patch(id, { quantityTotal: 6 })).body).toMatchObject({ quantityAvailable: 4, quantityOutOfService: 2 });
    expect(await stage.db.query('select 1 from shortage where equipment_id = $1', [id])).toEqual([]);
    expect((await stage.facts(reservationId)).map(({ type }) => type))
      .toEqual(['reserved', 'risk-changed', 'risk-changed'].map((fact) => `regie.inventory.reservation.${fact}.v1`));
  });

  test('is a status now, and a line of history for each change of it', async () => {
    const { id } = await create({ quantityTotal: 2 });
    const { id: reservationId } = await stage.settle({ lines: [aLine(id, 1, fromNow(-1), fromNow(5))] });
    await stage.ask(deliverReservation, { params: { id: reservationId }, body: {} });
    expect((await stage.ask(getEquipment, { params: { id } })).body).toMatchObject({ status: 'available', quantityAvailable: 1, quantityReserved: 1 });
    const { body: { id: repair } } = await stage.ask(openMaintenance, { body: { equipmentId: id, quantity: 1, priority: 'low', problem: 'Lamp' } });
    expect((await stage.ask(getEquipment, { params: { id } })).body).toMatchObject({ status: 'on_rental', quantityAvailable: 0, quantityOutOfService: 1 });
    await patch(id, { quantityTotal: 3 });
    const { body } = await stage.ask(listStatusHistory, { params: { id } });
    expect(body.items.map(({ from, to, quantity, cause }: any) => [from, to, quantity, cause.kind])).toEqual([
      ['on_rental', 'available', 1, 'equipment'], ['available', 'on_rental', 0, 'maintenance'], ['available', 'available', 1, 'reservation'], [null, 'available', 2, 'equipment'],
    ]);
    expect(body.items[1].cause.id).toBe(repair);
  });
});

describe('the list', () => {
  const caller = aCaller();
  test('is searched without case and accents, by every word, in name, reference, brand and model', async () => {
    await create({ name: 'Découpe Éclair', brand: 'Régie', model: '714SX', category: 'lighting' }, caller);
    await create({ name: 'Enceinte', brand: 'd&b audiotechnik', model: 'KSL8' }, caller);
    const found = async (q: string) => namesOf((await stage.ask(listEquipment, { params: { q } }, caller)).body.items);
    expect(await found('decoupe ECLAIR')).toEqual(['Découpe Éclair']);
    expect(await found('714')).toEqual(['Découpe Éclair']);
    expect(await found('EQ-SON-001')).toEqual(['Enceinte']);
    expect(await found('audio ksl')).toEqual(['Enceinte']);
    expect(await found('decoupe ksl8')).toEqual([]);
  });

  test('is filtered by category, subcategory, brand and archive, and sorted', async () => {
    const own = aCaller();
    await stage.ask(createCategory, { body: { key: 'rigging', code: 'RIG', name: { en: 'Rigging', fr: 'Accroche' } } }, own);
    for (const [name, category, subcategory, brand] of [
      ['b', 'sound', 'line_array', 'X'], ['c', 'sound', 'stand', 'Y'], ['a', 'rigging', null, 'X'], ['gone', 'sound', 'stand', 'Y'],
    ] as const) {
      const { id } = await create({ name, category, brand, ...(subcategory === null ? { subcategory: undefined } : { subcategory }) }, own);
      if (name === 'gone') await stage.ask(archiveEquipment, { params: { id } }, own);
    }
    const listed = async (params: Readonly<Record<string, unknown>>) => namesOf((await stage.ask(listEquipment, { params }, own)).body.items);
    expect(await listed({})).toEqual(['a', 'c', 'b']);
    expect(await listed({ sort: 'name' })).toEqual(['a', 'b', 'c']);
    expect(await listed({ sort: 'reference' })).toEqual(['a', 'b', 'c']);
    expect(await listed({ category: 'sound' })).toEqual(['c', 'b']);
    expect(await listed({ category: 'sound', subcategory: 'stand' })).toEqual(['c']);
    expect(await listed({ brand: 'X' })).toEqual(['a', 'b']);
    expect(await listed({ archived: true })).toEqual(['gone']);
    expect(await listed({ status: 'retired' })).toEqual(['gone']);
    expect(await listed({ status: 'retired', archived: false })).toEqual([]);
  });

  test('filtered by status has full pages that neither skip nor repeat, and agrees with what each equipment says of itself', async () => {
    const own = stage.planner;
    for (let index = 0; index < 12; index++) {
      const { id } = await create({ name: `S${index}`, category: 'video', quantityTotal: 2 }, own);
      if (index % 3 === 0) await stage.ask(openMaintenance, { body: { equipmentId: id, priority: 'low', problem: 'Lens' } });
      if (index % 3 === 1) await stage.settle({ lines: [aLine(id, 2, fromNow(-1), fromNow(2 + index))] });
      if (index === 2) await stage.settle({ lines: [aLine(id, 2, fromNow(5), fromNow(9))] });
      if (index === 5) await stage.ask(openMaintenance, { body: { equipmentId: id, quantity: 2, priority: 'low', problem: 'Later', startsAt: fromNow(3) } });
      if (index === 1) {
        const [{ id: reservationId }] = await stage.db.query<{ id: string }>('select reservation_id as id from reservation_line where equipment_id = $1', [id]) as [{ id: string }];
        await stage.ask(deliverReservation, { params: { id: reservationId }, body: {} });
        // Out since yesterday and not back: late.
        await stage.db.query(`update reservation_line set asked_from = now() - interval '2 days', asked_to = now() - interval '1 day',
          starts_at = now() - interval '2 days', ends_at = now() - interval '1 day' where equipment_id = $1`, [id]);
      }
    }
    const all = (await everything({ category: 'video', limit: 200 }, own)).flat();
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['available', 'on_rental', 'in_maintenance']));
    for (const status of ['available', 'on_rental', 'in_maintenance']) {
      const pages = await everything({ category: 'video', status, limit: 3 }, own);
      expect(pages.flat().map(({ id }) => id)).toEqual(all.filter((one) => one.status === status).map(({ id }) => id));
      expect(pages.map(({ length }) => length)).toEqual([3, 1]);
    }
  });

  test('shows what is free for a whole period in the quantity asked, page by page', async () => {
    const own = stage.planner;
    const category = 'lighting';
    const ids: string[] = [];
    for (let index = 0; index < 9; index++) ids.push((await create({ name: `F${index}`, category, quantityTotal: 5 }, own)).id);
    await stage.settle({ lines: [aLine(ids[1]!, 5, fromNow(24), fromNow(48)), aLine(ids[4]!, 3, fromNow(24), fromNow(48)), aLine(ids[6]!, 5, fromNow(48), fromNow(72))] });
    await stage.ask(openMaintenance, { body: { equipmentId: ids[7]!, priority: 'low', problem: 'Lamp' } });
    const free = async (quantity: number) => (await everything(
      { category, sort: 'createdAt', limit: 3, availableFrom: fromNow(24), availableTo: fromNow(40), quantity }, own)).map((page) => namesOf(page));
    expect((await free(1)).flat()).toEqual(['F0', 'F2', 'F3', 'F4', 'F5', 'F6', 'F8']);
    expect(await free(3)).toEqual([['F0', 'F2', 'F3'], ['F5', 'F6', 'F8']]);
    expect((await free(6)).flat()).toEqual([]);
    await patch(ids[0]!, { prepMinutes: 60 });
    await stage.settle({ lines: [aLine(ids[0]!, 5, fromNow(23), fromNow(24))] });
    expect((await free(1)).flat()).not.toContain('F0');
  });

  test('asks for both ends of a period that ends after it starts', async () => {
    const asked = async (params: Readonly<Record<string, unknown>>) => { const { status, body } = await stage.ask(listEquipment, { params }); return [status, body.code]; };
    expect(await asked({ availableFrom: fromNow(1) })).toEqual([400, 'request.invalid']);
    expect(await asked({ quantity: 2 })).toEqual([400, 'request.invalid']);
    expect(await asked({ availableFrom: fromNow(2), availableTo: fromNow(1) })).toEqual([422, 'period.invalid']);
    expect(await asked({ availableFrom: fromNow(2), availableTo: fromNow(20_000) })).toEqual([422, 'period.too-long']);
    expect(await asked({ cursor: 'nonsense' })).toEqual([400, 'request.cursor-invalid']);
    expect(await asked({ archived: 'yes' })).toEqual([400, 'request.invalid']);
  });
});
