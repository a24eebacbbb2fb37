/** Entries as an earlier version kept them: each a document of its own. */
import { entryFrom, filterTermsOf, leafText, termsOf, type KeptEntry, type BlockEntry } from './entry.ts';

export interface FormerEntryRow extends Omit<KeptEntry, 'id'> { readonly _id: string; readonly leaf: string; readonly recordedAt: Date }

/** The same entry as it goes into a block. Its text is what its hash was always made over. */
export function broughtOver({ _id, leaf: _leaf, recordedAt: _recordedAt, ...rest }: FormerEntryRow, hash: (text: string) => string): BlockEntry {
  // Without an instant it stands where all time begins: it must not hold up the others, and that it was altered is seen by its hash.
  const kept = { ...rest, id: _id, at: rest.at instanceof Date && Number.isFinite(rest.at.getTime()) ? rest.at : new Date(0) };
  const text = leafText(kept);
  return { id: _id, companyId: kept.companyId, at: kept.at, text, leaf: hash(text), terms: readableTermsOf(kept) };
}

/** Of an entry whose state somebody altered so that it cannot be read, what it is filtered by: it must not hold up the others. */
function readableTermsOf(kept: KeptEntry): string[] {
  try {
    return termsOf(entryFrom(kept));
  } catch {
    return filterTermsOf(kept);
  }
}
