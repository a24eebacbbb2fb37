/**
 * What a process keeps in memory between batches of what companies have promised: true for as long as nobody else changed anything of the company,
 * which the version of its partition tells. What is worked on is taken out and put back after the commit: whatever goes wrong, it is forgotten.
 */
import { changesAt, type Shelf, type ShelfLine } from './shelf.ts';

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
  /** How many times in a row nobody else was there in between. */
  alone: number;
  /** How many times that has to be before shelves are kept: where others keep coming, reading them whole does not pay. */
  patience: number;
  /** Least recently used first. */
  readonly shelves: Map<string, WholeShelf>;
  /** A write that counted on it failed: nothing decided on it may be written. */
  broken: boolean;
}

const mostPatience = 16;
const fresh = (id: string): Company => ({ id, version: -1, alone: 0, patience: 1, shelves: new Map(), broken: false });

export const wholeShelf = (shelf: Shelf, knownFrom: number, now: number): WholeShelf => ({ ...shelf, knownFrom, readAt: now, until: changesAt(shelf, now) });

/** What was promised since ends too. */
export const endsToo = (shelf: WholeShelf, { askedTo }: ShelfLine, now: number): void => { if (askedTo > now && askedTo < shelf.until) shelf.until = askedTo; };

/**
 * Called under the company's lock, with the version that taking it gave. Keeps the shelves when nobody was there in between, and else none.
 * @returns whether shelves may be kept from now on
 */
export function isAlone(company: Company, version: number): boolean {
  if (company.version + 1 === version) company.alone++;
  else {
    if (company.shelves.size > 0) company.patience = Math.min(mostPatience, company.patience * 2);
    company.alone = 0;
    company.shelves.clear();
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

export interface Known {
  /** Takes a company out. What is not put back is forgotten. */
  take(companyId: string): Company;
  /** Looks at it and leaves it there. */
  see(companyId: string): Company | undefined;
  put(company: Company): void;
  /** Forgets the company's shelves, and that nothing decided on them may be written. */
  forget(company: Company): void;
  /** Lines kept at present; of one event and one equipment they count as one. */
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
  const linesOf = ({ shelves }: Company): number => { let sum = 0; for (const { promised } of shelves.values()) sum += 1 + promised.size; return sum; };
  const evict = (): void => {
    for (const company of companies.values()) {
      for (const [id, { promised }] of company.shelves) {
        if (total <= mostLines) return;
        company.shelves.delete(id);
        // It may have grown since it was counted.
        count(company.id, Math.max(0, counted.get(company.id)! - 1 - promised.size));
      }
      if (total <= mostLines) return;
    }
  };
  return {
    take(id) {
      const company = companies.get(id) ?? fresh(id);
      companies.delete(id);
      count(id, 0);
      return company;
    },
    see: (id) => companies.get(id),
    put(company) {
      companies.delete(company.id);
      companies.set(company.id, company);
      count(company.id, linesOf(company));
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
