/** How entries are put together: a block holds some of one company that happened at about the same time, so that one insert keeps them and one read finds them. */
import type { BlockEntry } from './entry.ts';

/** Entries of one block. More would make a write no cheaper, and a read of one of them dearer. */
const mostEntries = 100;
/** Characters of their texts; a larger entry stands alone. A document of MongoDB may have 16 MB. */
const mostText = 1_000_000;
/** Milliseconds between the first and the last of a block: lists know by it which blocks cannot hold what they look for. */
export const longestSpan = 10_000;

/**
 * Entries of each company, by time, in parts that fit a block.
 * @param entries none of them twice
 */
export function pagesOf<One extends BlockEntry>(entries: readonly One[]): One[][] {
  const pages: One[][] = [];
  for (const own of Map.groupBy(entries, ({ companyId }) => companyId).values()) {
    let page: One[] = [];
    let text = 0;
    for (const entry of own.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
      const full = page.length === mostEntries || text + entry.text.length > mostText || entry.at.getTime() - (page[0] ?? entry).at.getTime() > longestSpan;
      if (full && page.length > 0) { pages.push(page); page = []; text = 0; }
      page.push(entry);
      text += entry.text.length;
    }
    pages.push(page);
  }
  return pages;
}

/** All terms of a block's entries. */
export const termsOfAll = (page: readonly Pick<BlockEntry, 'terms'>[]): string[] => [...new Set(page.flatMap(({ terms }) => terms))];
