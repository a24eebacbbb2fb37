import { describe, expect, test } from '@jest/globals';
import { csvOf, defused } from './entry.csv.ts';
import { cursorOf, readCursor } from './entry.cursor.ts';
import { entryOf, personalTurned, termsOf, toldText, wordsOf, type FactMessage } from './entry.ts';

const fact = (over: Partial<FactMessage> = {}): FactMessage => ({
  id: '01a1fdc9-8dd6-7fb4-a64f-ad9430d44b01', source: '/inventory', type: 'regie.inventory.equipment.risk-changed.v1',
  subject: 'e1', time: '2026-06-01T10:00:00.000Z', companyid: 'c1', actorid: 'u1', sequence: '7',
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`, data: { id: 'e1', name: 'SM58', changes: { name: [null, 'SM58'] } }, ...over,
});

describe('an entry', () => {
  test('is read from its fact', () => {
    expect(entryOf(fact(), { ip: '192.0.2.1', userAgent: 'x' })).toEqual({
      id: fact().id, at: new Date('2026-06-01T10:00:00Z'), companyId: 'c1', actorId: 'u1',
      action: 'equipment.risk-changed', entity: 'equipment', entityId: 'e1', sequence: 7, source: '/inventory',
      type: fact().type, traceId: 'a'.repeat(32), person: null, originPerson: 'u1', ip: '192.0.2.1',
      userAgent: 'x', changes: { name: { before: null, after: 'SM58' } }, state: { id: 'e1', name: 'SM58' },
    });
  });

  test('without actor, origin, trace and changes has none', () => {
    const { actorid: _actor, traceparent: _trace, sequence: _sequence, ...bare } = fact({ data: {} });
    expect(entryOf(bare, undefined)).toMatchObject({ actorId: null, traceId: null, sequence: null, originPerson: null, ip: null, changes: {}, state: {} });
  });

  test('of a fact without a time takes the one in its id, and the same one each time', () => {
    expect(entryOf(fact({ time: 'never' }), undefined).at).toEqual(new Date(0x01a1fdc98dd6));
    expect(entryOf(fact({ time: 'never', id: 'x' }), undefined).at).toEqual(new Date(0));
  });
});

describe('what is personal', () => {
  const user = fact({
    source: '/identity', type: 'regie.identity.user.changed.v1',
    data: { id: 'e1', email: 'a@example.com', phone: null, roles: ['admin'], changes: { email: ['b@example.com', 'a@example.com'], roles: [[], ['admin']] } },
  });
  const places = (message: FactMessage, origin?: { ip: string; userAgent: string }) => {
    const seen: string[] = [];
    personalTurned(entryOf(message, origin), (person, place) => { seen.push(`${person} ${place.split('|')[1]!}`); return 'x'; });
    return seen;
  };

  test('belongs to the person of the fact, and the address to the actor', () => {
    expect(places(user, { ip: '192.0.2.1', userAgent: 'x' })).toEqual(['u1 ip', 'u1 userAgent', 'e1 changes.email.before', 'e1 changes.email.after', 'e1 state.email']);
  });

  test('in a fact of somebody nobody knows is under one key for all of them', () => {
    const { actorid: _actor, ...refused } = fact({ source: '/gateway', data: { ip: '192.0.2.1', userId: null } });
    expect(places(refused)).toEqual(['unknown ip', 'unknown state.ip']);
  });

  test('is not what other services name alike', () => {
    expect(places(fact({ data: { email: 'info@opera.example.com', changes: {} } }))).toEqual([]);
  });

  test('is neither searched nor in the hash that outlives its person', () => {
    const entry = entryOf(user, { ip: '192.0.2.1', userAgent: 'x' });
    expect(`${termsOf(entry).join(' ')} ${toldText(entry)}`).not.toMatch(/example|192\.0/);
  });
});

test('words are compared without case and accents, ids whole', () => {
  expect(wordsOf('Éclair-2 SÛR 01a1fdc9-8dd6-7fb4-a64f-ad9430d44b01')).toEqual(['eclair-2', 'eclair', '2', 'sur', '01a1fdc9-8dd6-7fb4-a64f-ad9430d44b01']);
  expect(termsOf(entryOf(fact(), undefined))).toEqual(['*', 'equipment.risk-changed', 'equipment', 'e1', 'u1', 'risk-changed', 'risk', 'changed', 'sm58']);
});

test('a cell that could be a formula is defused, and quotes and lines stay in their cell', () => {
  for (const cell of ['=1', '+1', '-1', '@x', '\tx', '\rx', '\nx', '\0x', '＝1']) expect(defused(cell)).toBe(`'${cell}`);
  expect(defused('a=1')).toBe('a=1');
  expect(csvOf([entryOf(fact({ data: {} }), { ip: '192.0.2.1', userAgent: '=cmd|"x",\n' })], { header: false }))
    .toBe(`${fact().id},2026-06-01T10:00:00.000Z,u1,equipment.risk-changed,equipment,e1,{},192.0.2.1,"'=cmd|""x"",\n",${'a'.repeat(32)}\r\n`);
});

test('a cursor is of one list only', () => {
  const cursor = cursorOf('-at', { at: new Date(5), id: 'x' });
  expect(readCursor(cursor, '-at')).toEqual({ at: new Date(5), id: 'x' });
  expect([
    readCursor(undefined, 'at'), readCursor(cursor, 'at'), readCursor('%', 'at'), readCursor(Buffer.from('["at",1e400,"x"]').toString('base64url'), 'at'),
  ]).toEqual([undefined, null, null, null]);
});
