/** What a stock list does to the stock: line by line, what is new, what changes, and what is refused and why. */
import type { Money, Refusal } from '@regie/contracts';
import { categoryNamed, checkPlace, type Category } from '../categories/category.ts';
import { changedFields, checkItem, checkTotal, itemOf, patched, type Creation, type Item, type Kept } from './equipment.ts';
import { readLine, wrong, type StockLine, type Wrong } from './import-line.ts';
import { sharePieces, type Piece, type Shared } from './import-serials.ts';
import { decimalsOf, readDecimal, tidy, usualCurrency, type Column, type Line } from './stock-list.ts';

/** Most pieces that one request adds. */
export const mostAdded = 20_000;

/** Equipment there is, with its pieces in the order of their codes. */
export interface Known extends Kept { readonly pieces: readonly Piece[] }
export interface New { readonly kind: 'new'; readonly creation: Creation; readonly code: string; readonly serials: readonly string[]; readonly pieces: number }
export interface Change extends Shared { readonly kind: 'change'; readonly before: Known; readonly item: Item; readonly pieces: number }
interface Same { readonly kind: 'same'; readonly before: Known; readonly pieces: 0 }
export interface Rejected extends Wrong { readonly line: number }
export interface Plan {
  readonly news: readonly (New & { readonly line: number })[];
  readonly changes: readonly (Change & { readonly line: number })[];
  readonly rejected: readonly Rejected[];
}

interface Identity { readonly category: string; readonly brand: string | null; readonly model: string | null; readonly name: string }
const keyOf = ({ category, brand, model, name }: Identity): string => JSON.stringify([category, brand, model, name]);

/** The equipment that lines may mean: by reference, and without one by what identifies it. */
export function lookedFor(lines: readonly Line[], categories: readonly Category[]): { references: string[]; identities: Identity[] } {
  const references: string[] = [];
  const identities: Identity[] = [];
  for (const { cells: { reference, name, category = '', brand = null, model = null } } of lines) {
    const key = categoryNamed(categories, category)?.key;
    if (reference !== undefined) references.push(reference);
    else if (name !== undefined && key !== undefined) identities.push({ category: key, brand, model, name });
  }
  return { references, identities };
}

/**
 * Decides every line. Good lines are taken, whatever the others are.
 * @param known what `lookedFor` names, without what is archived
 */
export function planImport(lines: readonly Line[], categories: readonly Category[], known: readonly Known[]): Plan {
  const byReference = new Map(known.map((one) => [one.item.reference, one]));
  const byIdentity = Map.groupBy(known, ({ item }) => keyOf(item));
  const plan = { news: [] as Plan['news'][number][], changes: [] as Plan['changes'][number][], rejected: [] as Rejected[] };
  const spoken = new Map<string, number>();
  let added = 0;
  const decide = (line: StockLine): New | Change | Same | Wrong => {
    const identity = keyOf({ ...line, category: line.category.key });
    const found = line.reference === null ? (byIdentity.get(identity) ?? []) : [byReference.get(line.reference)].filter((one) => one !== undefined);
    const [before] = found;
    if (!before && line.reference !== null) return wrong('reference', 'There is no equipment of this reference. Leave it empty to add one.',
      'Aucun matériel n’a cette référence. Laissez-la vide pour en ajouter un.', 'not-found');
    if (found.length > 1) return wrong('reference', 'Several have this category, brand, model and name: say which by its reference.',
      'Plusieurs ont cette catégorie, cette marque, ce modèle et ce nom : dites lequel par sa référence.');
    const earlier = spoken.get(before?.item.id ?? identity);
    if (earlier !== undefined) return wrong(null, `Line ${earlier} is about the same equipment.`, `La ligne ${earlier} parle du même matériel.`);
    const outcome = before ? change(before, line) : create(line);
    if ('why' in outcome) return outcome;
    if (added + outcome.pieces > mostAdded) {
      return wrong('quantity', `One import adds ${mostAdded} pieces at most. Send this line in another.`,
        `Un import ajoute ${mostAdded} pièces au plus. Envoyez cette ligne dans un autre.`, 'request.too-large');
    }
    spoken.set(before?.item.id ?? identity, line.line);
    return outcome;
  };
  for (const line of lines) {
    const read = readLine(line, categories);
    if ('wrongs' in read) { plan.rejected.push(...read.wrongs.map((one) => ({ line: line.line, ...one }))); continue; }
    const outcome = decide(read);
    if ('why' in outcome) { plan.rejected.push({ line: line.line, ...outcome }); continue; }
    added += outcome.pieces;
    if (outcome.kind === 'new') plan.news.push({ line: line.line, ...outcome });
    if (outcome.kind === 'change') plan.changes.push({ line: line.line, ...outcome });
  }
  return plan;
}

function create(line: StockLine): New | Wrong {
  const amounts = amountsOf(line, line.currency ?? usualCurrency);
  if ('why' in amounts) return amounts;
  if (line.serials.length > line.quantity) return wrong('serial_numbers', 'There are more serial numbers than pieces.', 'Il y a plus de numéros de série que de pièces.');
  const { name, subcategory, brand, model, weightGrams, quantity: quantityTotal } = line;
  const given = { subcategory, brand, model, weightGrams, ...amounts };
  const creation = {
    name, category: line.category.key, quantityTotal, tracking: line.serials.length > 0 ? 'serialised' : 'bulk',
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
  } as Creation;
  const refusal = checkPlace(line.category, subcategory) ?? checkItem(itemOf(creation, { id: '', reference: '', now: new Date(0) }));
  if (refusal) return blamed(refusal);
  return { kind: 'new', creation, code: line.category.code, serials: line.serials, pieces: line.serials.length > 0 ? quantityTotal : 0 };
}

/** What a cell leaves empty stays as it is. */
function change(before: Known, line: StockLine): Change | Same | Wrong {
  const { item } = before;
  const amounts = amountsOf(line, line.currency ?? item.dailyRate?.currency ?? item.purchasePrice?.currency ?? item.replacementValue?.currency ?? usualCurrency);
  if ('why' in amounts) return amounts;
  const said = (cell: string | null, is: string | null) => (cell === null || (is !== null && tidy(is) === cell) ? is : cell);
  const wanted = patched(item, {
    name: said(line.name, item.name)!, category: line.category.key, subcategory: said(line.subcategory, item.subcategory),
    brand: said(line.brand, item.brand), model: said(line.model, item.model),
    quantityTotal: line.quantity, weightGrams: line.weightGrams ?? item.weightGrams,
    dailyRate: amounts.dailyRate ?? item.dailyRate, purchasePrice: amounts.purchasePrice ?? item.purchasePrice,
  });
  const changed = changedFields(item, wanted);
  const moved = changed.includes('category') || changed.includes('subcategory');
  const refusal = checkItem(wanted) ?? checkTotal(item, wanted.quantityTotal) ?? (moved ? checkPlace(line.category, wanted.subcategory) : null);
  if (refusal) return blamed(refusal);
  const pieces = item.tracking === 'serialised' ? wanted.quantityTotal - item.quantityTotal : 0;
  const shared = sharePieces(item.tracking, before.pieces, pieces, line.serials);
  if ('why' in shared) return shared;
  if (changed.length + shared.named.length === 0) return { kind: 'same', before, pieces: 0 };
  return { kind: 'change', before, item: wanted, pieces, ...shared };
}

function amountsOf(line: StockLine, currency: string): { dailyRate: Money | null; purchasePrice: Money | null } | Wrong {
  const read = (cell: string | null): Money | null | undefined => {
    if (cell === null) return null;
    const amount = readDecimal(cell, decimalsOf(currency), 1_000_000_000_000);
    return amount === null ? undefined : { amount, currency };
  };
  const [dailyRate, purchasePrice] = [read(line.dailyRate), read(line.purchasePrice)];
  if (dailyRate !== undefined && purchasePrice !== undefined) return { dailyRate, purchasePrice };
  const decimals = decimalsOf(currency);
  return wrong(dailyRate === undefined ? 'daily_rate' : 'purchase_price', `${currency} has ${decimals} decimals; this amount has more, or is too large.`,
    `${currency} a ${decimals} décimales ; ce montant en a plus, ou est trop grand.`);
}

/** The column a rule's refusal is about. */
function blamed(why: Refusal): Wrong {
  const pointer = (why.extra['errors'] as readonly { pointer: string }[] | undefined)?.[0]?.pointer ?? '';
  const fields: Readonly<Record<string, Column>> = { '/quantityTotal': 'quantity', '/subcategory': 'subcategory', '/category': 'category' };
  return { field: why.code === 'money.currency-mismatch' ? 'currency' : (fields[pointer] ?? null), why };
}

/** Lines that would take away what is promised are refused; the others stand. */
export function keepPromises(plan: Plan, promised: ReadonlyMap<string, number>, refusalOf: (promised: number) => Refusal): Plan {
  const breaks = ({ item }: Change) => item.quantityTotal < (promised.get(item.id) ?? 0);
  return {
    ...plan, changes: plan.changes.filter((one) => !breaks(one)),
    rejected: [...plan.rejected, ...plan.changes.filter(breaks).map(({ line, item }) => ({ line, field: 'quantity' as const, why: refusalOf(promised.get(item.id)!) }))],
  };
}
