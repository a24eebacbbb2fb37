/**
 * What a process keeps in memory between batches of what companies have promised: true for as long as nobody else changed anything of the company,
 * which the version of its partition tells. What is worked on is taken out and put back after the commit: whatever goes wrong, it is forgotten.
 */
import { firstPlace, type StockPlace } from '../availability/stock.ts';
import { changesAt, sizeOf, type Shelf, type ShelfLine } from './shelf.ts';

/** A shelf with everything that takes pieces from an instant on. */
export interface WholeShelf extends Shelf {
  /** Windows that begin before it are looked up in the rows. */
  readonly knownFrom: number;
  /** When it was read. A clock that was set back to before it says nothing about what is over. */
  readonly readAt: number;
  /** Time alone changes it then: it is read again. */
  until: number;
}

export interface Company {
  readonly id: string;
  /** Of its partition when the shelves were true last. */
  version: number;
  /** The batch decided ahead that raised it to that; null when it was raised under the lock. */
  raisedBy: string | null;
  /** How many times in a row nobody else was there in between. */
  alone: number;
  /** How many times that has to be before shelves are kept: where others keep coming, reading them whole does not pay. */
  patience: number;
  /** In the order they were read: the first goes first. */
  readonly shelves: Map<string, WholeShelf>;
  /** How far its equipment was read without being asked for. */
  readTo: StockPlace;
  /** Lines that may be kept of it. */
  room: number;
  /** A write that counted on it failed: nothing decided on it may be written. */
  broken: boolean;
}

const mostPatience = 16;
const fresh = (id: string): Company => ({ id, version: -1, raisedBy: null, alone: 0, patience: 1, shelves: new Map(), readTo: firstPlace, room: 0, broken: false });

export const wholeShelf = (shelf: Shelf, knownFrom: number, now: number): WholeShelf => ({ ...shelf, knownFrom, readAt: now, until: changesAt(shelf, now) });

/** What was promised since ends too. */
export const endsToo = (shelf: WholeShelf, { askedTo }: ShelfLine, now: number): void => { if (askedTo > now && askedTo < shelf.until) shelf.until = askedTo; };

/**
 * Called under the company's lock, with the version that taking it gave, once for each batch: counts those in a row between which nobody else was there.
 * When somebody was, the shelves go, and patience doubles where there were any. Beyond 128 batches alone in a row patience begins anew.
 * @returns whether shelves may be kept from now on
 */
export function keepsShelves(company: Company, version: number): boolean {
  if (company.version + 1 === version) company.alone++;
  else {
    if (company.shelves.size > 0) company.patience = Math.min(mostPatience, company.patience * 2);
    company.alone = 0;
    company.shelves.clear();
    company.readTo = firstPlace;
  }
  if (company.alone > 8 * mostPatience) company.patience = 1;
  return company.alone >= company.patience;
}

/** The shelf, where it answers for a window that begins at `from`; what time has changed, or a clock set back could have, is forgotten. */
export function shelfFor(company: Company, equipmentId: string, from: number, now: number): WholeShelf | undefined {
  const shelf = company.shelves.get(equipmentId);
  if (!shelf) return undefined;
  if (now >= shelf.until || now < shelf.readAt) {
    company.shelves.delete(equipmentId);
    return undefined;
  }
  return from >= shelf.knownFrom ? shelf : undefined;
}

function linesOf({ shelves }: Company): number {
  let sum = 0;
  for (const shelf of shelves.values()) sum += sizeOf(shelf);
  return sum;
}

/** Lines read at once for shelves that nobody asks for yet: whoever is decided with them waits for it. */
const mostUnasked = 60_000;

/**
 * How many of its shelves may be read though nobody asks for them yet: they will be. Only where others have stayed away for longer than it takes to keep shelves,
 * and as far as it pushes nothing out that was asked for; its other shelves tell how many lines one has.
 */
export function roomAhead(company: Company): number {
  const { shelves, alone, patience, room } = company;
  if (shelves.size === 0 || alone < 2 * patience) return 0;
  const lines = linesOf(company);
  return Math.max(0, Math.floor(Math.min(mostUnasked, room * 0.75 - lines) / (lines / shelves.size)));
}

export interface Known {
  /** Takes a company out. What is not put back is forgotten. */
  take(companyId: string): Company;
  /** Looks at it and leaves it there. */
  see(companyId: string): Company | undefined;
  /** @param more lines that were added; without it all are counted */
  put(company: Company, more?: number): void;
  /** Forgets the company's shelves, and that nothing decided on them may be written. */
  forget(company: Company): void;
  /** Lines kept at present. */
  readonly lines: () => number;
}

/** @param mostLines that are kept; companies used least recently go first */
export function openKnown(mostLines: number): Known {
  const companies = new Map<string, Company>();
  const counted = new Map<string, number>();
  let total = 0;
  const count = (id: string, lines: number): void => {
    total += lines - (counted.get(id) ?? 0);
    if (lines > 0) counted.set(id, lines);
    else counted.delete(id);
  };
  const evict = (): void => {
    for (const company of companies.values()) {
      if (total <= mostLines) return;
      // Without shelves it loses nothing, and its patience stays as it is.
      if (company.shelves.size === 0) continue;
      // It is not read whole again at once: where more is asked for than there is room for, each batch would push out what the next one wants.
      company.patience = Math.min(mostPatience, company.patience * 2);
      company.alone = 0;
      for (const [id, shelf] of company.shelves) {
        if (total <= mostLines) break;
        company.shelves.delete(id);
        // It may have grown since it was counted.
        count(company.id, Math.max(0, (counted.get(company.id) ?? 0) - sizeOf(shelf)));
      }
    }
  };
  return {
    take(id) {
      const company = companies.get(id) ?? fresh(id);
      companies.delete(id);
      count(id, 0);
      company.room = mostLines - total;
      return company;
    },
    see: (id) => companies.get(id),
    put(company, more) {
      companies.delete(company.id);
      companies.set(company.id, company);
      // Looking at every shelf for each batch costs as much as deciding some of its orders.
      count(company.id, more === undefined || company.shelves.size === 0 ? linesOf(company) : (counted.get(company.id) ?? 0) + more);
      evict();
    },
    forget(company) {
      company.broken = true;
      if (companies.get(company.id) !== company) return;
      companies.set(company.id, { ...fresh(company.id), patience: Math.min(mostPatience, company.patience * 2) });
      count(company.id, 0);
    },
    lines: () => total,
  };
}
