/** Companies: what one starts with, and when a SIRET is one. */
import { refuse, type OutputOf, type Refusal, type InputOf, type identity } from '@regie/contracts';

type Creation = NonNullable<InputOf<typeof identity.operations.register>['company']>;

/** A company as it is kept. */
export interface Company {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly siret: string | null;
  readonly timeZone: string;
  readonly currency: string;
  readonly locale: 'fr' | 'en';
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A new company with what was not said filled in: Paris, euros, French. */
export function newCompany(
  id: string, { name, siret, timeZone = 'Europe/Paris', currency = 'EUR', locale = 'fr' }: Creation, now: Date,
): Company | Refusal<'company.siret-invalid'> {
  const read = siret === undefined ? null : readSiret(siret, '/company/siret');
  return typeof read === 'object' && read !== null ? read : { id, version: 1, name, siret: read, timeZone, currency, locale, createdAt: now, updatedAt: now };
}

/** A SIRET without its spaces, or the refusal that says where it stands. */
export function readSiret(text: string, pointer: string): string | Refusal<'company.siret-invalid'> {
  const siret = text.replaceAll(' ', '');
  if (isSiret(siret)) return siret;
  return refuse('company.siret-invalid', { en: 'Check the 14 digits of the SIRET.', fr: 'Vérifiez les 14 chiffres du SIRET.' },
    { errors: [{ pointer, message: { en: 'a digit is wrong', fr: 'un chiffre est faux' } }] });
}

/** 14 digits whose Luhn sum is a multiple of ten. */
export function isSiret(digits: string): boolean {
  if (!/^[0-9]{14}$/.test(digits) || /^0+$/.test(digits)) return false;
  // La Poste has one SIREN and more offices than its SIRETs with a right Luhn sum: there the plain sum is a multiple of five.
  if (digits.startsWith('356000000') && sum(digits, () => 1) % 5 === 0) return true;
  return sum(digits, (index) => (index % 2 === 0 ? 2 : 1)) % 10 === 0;
}

const sum = (digits: string, factor: (index: number) => number): number =>
  Array.from(digits).reduce((total, digit, index) => { const value = Number(digit) * factor(index); return total + (value > 9 ? value - 9 : value); }, 0);

export const companyView = ({ version: _version, createdAt, updatedAt, ...company }: Company): OutputOf<typeof identity.operations.getCompany> =>
  ({ ...company, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() });
