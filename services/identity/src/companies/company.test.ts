import { describe, expect, test } from '@jest/globals';
import { isRefusal } from '@regie/contracts';
import { isSiret, newCompany, readSiret } from './company.ts';

const now = new Date('2026-03-01T10:00:00Z');

describe('a SIRET', () => {
  test('has 14 digits and a right Luhn sum', () => {
    expect(isSiret('73282932000074')).toBe(true);
    expect(isSiret('73282932000075')).toBe(false);
    expect(isSiret('7328293200007')).toBe(false);
    expect(isSiret('00000000000000')).toBe(false);
  });
  test('of La Poste has a plain sum that is a multiple of five', () => {
    expect(isSiret('35600000049837')).toBe(true);
    expect(isSiret('35600000049838')).toBe(false);
  });
  test('is kept without spaces', () => expect(readSiret('732 829 320 00074', '/siret')).toBe('73282932000074'));
  test('that is wrong is refused with its place', () => {
    expect(readSiret('732 829 320 00075', '/company/siret')).toMatchObject({ code: 'company.siret-invalid', extra: { errors: [{ pointer: '/company/siret' }] } });
  });
});

describe('a new company', () => {
  test('is in Paris, counts in euros and speaks French unless it says otherwise', () => {
    expect(newCompany('1', { name: 'Sono' }, now)).toMatchObject({ timeZone: 'Europe/Paris', currency: 'EUR', locale: 'fr', siret: null, version: 1 });
    expect(newCompany('1', { name: 'Sono', timeZone: 'Europe/Madrid', currency: 'CHF', locale: 'en' }, now))
      .toMatchObject({ timeZone: 'Europe/Madrid', currency: 'CHF', locale: 'en' });
  });
  test('is refused with a wrong SIRET', () => expect(isRefusal(newCompany('1', { name: 'Sono', siret: '12345678901234' }, now))).toBe(true));
});
