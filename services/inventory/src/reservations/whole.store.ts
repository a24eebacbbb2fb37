/** Shelves read whole, to be kept between batches: those that are asked for, and a company's others before anybody asks. */
import type { Tx } from '@regie/store';
import { takingIn } from '../availability/availability.store.ts';
import { stockAfter } from '../availability/stock.store.ts';
import type { Stock } from '../availability/stock.ts';
import type { Window } from '../availability/windows.ts';
import { roomAhead, shelfFor, wholeShelf, type Company } from './known.ts';
import { openShelf, type Shelf } from './shelf.ts';

/** A shelf is kept whole from so long ago on: paperwork is done late. */
export const pastMs = 8 * 86_400_000;
const endOfTime = Date.UTC(9999, 0);
/** Shelves read whole in one batch at most: whoever is decided with them waits for it. */
export const mostWhole = 256;

/** All that a shelf is kept for. */
export const wholeWindow = (companyId: string, equipmentId: string, now: number): Window => ({ companyId, equipmentId, from: now - pastMs, to: endOfTime });

/**
 * Equipment whose shelves are to be read in this batch though none of its orders asks for them: where orders come for anything a company has, each shelf
 * would else keep one more batch from being decided ahead. Called under the companies' locks; moves on how far they were read.
 * @param companies whose shelves are kept
 * @param asked equipment that is read in this batch anyway
 */
export async function unaskedStock(tx: Tx, companies: readonly Company[], asked: ReadonlySet<string>): Promise<Map<string, Stock>> {
  const share = Math.floor((mostWhole - asked.size) / companies.length);
  const pages = await Promise.all(companies.map(async (company) => {
    const limit = Math.min(share, roomAhead(company));
    if (limit < 1) return [];
    const { stock, place } = await stockAfter(tx, company.id, company.readTo, limit);
    company.readTo = place;
    return stock.filter(({ id }) => !asked.has(id) && !company.shelves.has(id));
  }));
  return new Map(pages.flat().map((stock) => [stock.id, stock]));
}

interface Keeping { readonly kept: ReadonlyMap<string, Company>; readonly now: number }

/**
 * Shelves of equipment besides what was ordered, as far as its companies' shelves are kept: known from before, or read whole now, behind what this batch wrote.
 * @param asked windows by equipment
 */
export async function wholeShelves(
  tx: Tx, { kept, now }: Keeping, asked: ReadonlyMap<string, readonly Window[]>, stock: (equipmentId: string) => Stock,
): Promise<Map<string, Shelf>> {
  const found = new Map<string, Shelf>();
  const missing: Window[] = [];
  for (const [equipmentId, windows] of asked) {
    const { companyId } = windows[0]!;
    const company = kept.get(companyId);
    const from = Math.min(...windows.map((one) => one.from));
    if (!company || from < now - pastMs) continue;
    const known = shelfFor(company, equipmentId, from, now);
    if (known) found.set(equipmentId, known);
    else if (missing.length < mostWhole) missing.push(wholeWindow(companyId, equipmentId, now));
  }
  for (const [equipmentId, { lines, outOfService }] of await takingIn(tx, missing, now)) {
    const own = stock(equipmentId);
    const shelf = wholeShelf(openShelf(own, lines, outOfService, now), now - pastMs, now);
    kept.get(own.companyId)!.shelves.set(equipmentId, shelf);
    found.set(equipmentId, shelf);
  }
  return found;
}
