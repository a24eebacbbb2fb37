import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuid7 } from '@regie/store';
import { openDesk, type Desk } from './desk.ts';
import { aLine } from './stage.ts';

let desk: Desk, equipmentId: string, reservationId: string;
beforeAll(async () => {
  desk = await openDesk();
  equipmentId = await desk.equipment(5);
  const order = desk.order([{ lines: [aLine(equipmentId, 1, 100, 108)] }]);
  await (await desk.writer()).settle([order]);
  reservationId = order.reservations[0]!.id;
});
afterAll(() => desk.drop());

const lineOf = (row: { company_id?: string; reservation_id?: string; equipment_id?: string }): Promise<unknown> => {
  const whole = {
    id: uuid7(), company_id: desk.companyId, reservation_id: reservationId, event_id: uuid7(),
    equipment_id: equipmentId, quantity: 1, asked_from: '2030-01-01', asked_to: '2030-01-02',
    starts_at: '2030-01-01', ends_at: '2030-01-02', status: 'reserved', decided_seq: 1, decided_at: '2026-01-01', ...row,
  };
  const names = Object.keys(whole);
  return desk.db.query(`insert into reservation_line (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`, Object.values(whole));
};

describe('a line', () => {
  test('of what its company has is written', async () => {
    await expect(lineOf({})).resolves.toBeDefined();
  });
  test.each([
    ['an equipment that is not there', () => lineOf({ equipment_id: uuid7() })],
    ['a reservation that is not there', () => lineOf({ reservation_id: uuid7() })],
    ['what another company has', () => lineOf({ company_id: uuid7() })],
    ['another equipment, later', () => desk.db.query('update reservation_line set equipment_id = $1 where reservation_id = $2', [uuid7(), reservationId])],
  ])('of %s is refused by the database', async (_, write) => {
    await expect(write()).rejects.toMatchObject({ code: '23503' });
  });
});

test.each([
  ['an equipment', 'deleted', 'delete from equipment'],
  ['an equipment', 'given another id', 'update equipment set id = uuidv7()'],
  ['an equipment', 'given to another company', 'update equipment set company_id = uuidv7()'],
  ['a reservation', 'deleted', 'delete from reservation'],
  ['a reservation', 'given another id', 'update reservation set id = uuidv7()'],
  ['a reservation', 'emptied out with its table', 'truncate reservation cascade'],
])('%s is never %s, whoever asks', async (_, __, statement) => {
  await expect(desk.db.query(statement)).rejects.toMatchObject({ code: '23503' });
});
