/** Equipment: what may be stocked, and what a change of it means. */
import { notFound, refuse, type EquipmentCreation, type equipmentFacts, type Money, type Refusal, type StateOf, type Static } from '@regie/contracts';

/** The equipment as facts carry it: all but the figures of the moment. */
export type Item = StateOf<typeof equipmentFacts.equipmentCreated>;
/** With the version of its row. */
export interface Kept { readonly item: Item; readonly version: number }
export type Creation = Static<typeof EquipmentCreation>;
export type Patch = Partial<Omit<Item, 'id' | 'createdAt' | 'updatedAt' | 'archivedAt' | 'reference' | 'tracking'>>;

export const saidEquipment = { en: 'equipment', fr: 'matériel' };

/** Codes of pieces are made and shown one by one; more than that is counted in bulk. */
export const mostPieces = 10_000;

type Wrong = Refusal<'money.currency-mismatch' | 'request.invalid'>;

const invalid = (pointer: string, en: string, fr: string): Refusal<'request.invalid'> => refuse('request.invalid', { en, fr }, { errors: [{ pointer, message: { en, fr } }] });

export const noCurrencies = (currencies: readonly string[]): Refusal<'money.currency-mismatch'> =>
  refuse('money.currency-mismatch', {
    en: `One equipment is counted in one currency, not in ${currencies.join(' and ')}.`,
    fr: `Un matériel se compte dans une seule devise, pas en ${currencies.join(' et ')}.`,
  });

/** The currencies of an equipment's amounts: at most one, where all is well. */
export const currenciesOf = (item: { readonly [Amount in 'dailyRate' | 'purchasePrice' | 'replacementValue']?: Money | null }): string[] =>
  [...new Set([item.dailyRate, item.purchasePrice, item.replacementValue].flatMap((money) => (money ? [money.currency] : [])))];

/** Is this a sound equipment, whatever else there is? */
export function checkItem(item: Item): Wrong | null {
  const currencies = currenciesOf(item);
  if (currencies.length > 1) return noCurrencies(currencies);
  const days = item.degressive?.tiers.map((tier) => tier.days) ?? [];
  if (new Set(days).size < days.length) return invalid('/degressive/tiers', 'Each number of days has one coefficient.', 'Chaque nombre de jours a un seul coefficient.');
  if (item.tracking === 'serialised' && item.quantityTotal > mostPieces) {
    return invalid('/quantityTotal', `Piece by piece there are ${mostPieces} at most; count more in bulk.`, `À la pièce, ${mostPieces} au plus ; au-delà, comptez en quantité.`);
  }
  const self = item.accessoryIds.indexOf(item.id);
  if (self >= 0) return invalid(`/accessoryIds/${self}`, 'It cannot be its own accessory.', 'Il ne peut pas être son propre accessoire.');
  return null;
}

export const unknownAccessory = (index: number): Refusal<'not-found'> => notFound(saidEquipment, `/accessoryIds/${index}`);

/** A new equipment, complete. */
export function itemOf(creation: Creation, { id, reference, now }: { id: string; reference: string; now: Date }): Item {
  const at = now.toISOString();
  return {
    id, createdAt: at, updatedAt: at, reference, name: creation.name, category: creation.category, tracking: creation.tracking ?? 'bulk', subcategory: creation.subcategory ?? null,
    brand: creation.brand ?? null, model: creation.model ?? null, description: creation.description ?? null,
    weightGrams: creation.weightGrams ?? null, dimensionsMm: creation.dimensionsMm ?? null,
    dailyRate: creation.dailyRate ?? null, degressive: creation.degressive ?? null, purchasePrice: creation.purchasePrice ?? null,
    replacementValue: creation.replacementValue ?? null, specs: creation.specs ?? null,
    accessoryIds: creation.accessoryIds ?? [], prepMinutes: creation.prepMinutes ?? 0,
    turnaroundMinutes: creation.turnaroundMinutes ?? 0, quantityTotal: creation.quantityTotal, archivedAt: null,
  };
}

/** The same value whatever the order of its fields, which the database does not keep. */
const sameValue = (a: unknown, b: unknown): boolean => a === b || canonical(a) === canonical(b);
const canonical = (value: unknown): string => JSON.stringify(value, (_, part: unknown) =>
  (typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part));

/** A merge: what was not sent stays, null clears. The reference stays whatever the category becomes. */
export function patched(item: Item, patch: Patch): Item {
  const changed = Object.entries(patch).filter(([field, value]) => value !== undefined && !sameValue(value, item[field as keyof Patch]));
  return { ...item, ...Object.fromEntries(changed) };
}

/** The fields that a change touches; none where it says what is there already. */
export const changedFields = (before: Item, after: Item): (keyof Item)[] =>
  (Object.keys(after) as (keyof Item)[]).filter((field) => field !== 'updatedAt' && !sameValue(before[field], after[field]));

/** `EQ-SON-001`; at least three digits, and 1000 follows 999. */
export const referenceOf = (code: string, number: number): string => `EQ-${code}-${String(number).padStart(3, '0')}`;

/** `EQ-SON-001-001`: a piece keeps its code for ever. */
export const pieceCode = (reference: string, number: number): string => `${reference}-${String(number).padStart(3, '0')}`;

/** Pieces that were counted one by one cannot be taken away without saying which. */
export function checkTotal(item: Item, total: number): Refusal<'maintenance.units-required'> | null {
  if (item.tracking !== 'serialised' || total >= item.quantityTotal) return null;
  return refuse('maintenance.units-required', {
    en: 'It is tracked piece by piece: open a maintenance naming the pieces, and complete it with them scrapped.',
    fr: 'Il est suivi à la pièce : ouvrez une maintenance qui nomme les pièces, et terminez-la en les mettant au rebut.',
  }, { errors: [{ pointer: '/quantityTotal', message: { en: 'name the pieces', fr: 'indiquez les pièces' } }] });
}

/** @param promised the most pieces promised or out at any instant from now on */
export const belowPromised = (promised: number): Refusal<'equipment.total-below-promised'> =>
  refuse('equipment.total-below-promised', {
    en: `${promised} pieces are promised or out; the total cannot be lower.`,
    fr: `${promised} pièces sont promises ou sorties ; le total ne peut pas être inférieur.`,
  }, { promised });

export const itemInUse = (promised: number): Refusal<'equipment.in-use'> =>
  refuse('equipment.in-use', {
    en: `${promised} pieces are promised or out. Cancel or take them back first.`,
    fr: `${promised} pièces sont promises ou sorties. Annulez ou récupérez-les d’abord.`,
  }, { promised });
