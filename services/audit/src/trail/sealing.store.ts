/** Entries sealed with the keys of those they are about, and opened again. */
import { sha256 } from '../hash.ts';
import type { Mongo } from '../database.ts';
import { keysFor, keysOf, seal, unseal, type Keys } from '../people/person-keys.store.ts';
import { entryFrom, keptEntryOf, leafText, personalTurned, termsOf, toldText, type Entry, type KeptEntry, type BlockEntry } from './entry.ts';

/** What an erased person's field reads as. */
export const erased = '[erased]';

const peopleOf = (entries: readonly Pick<Entry, 'person' | 'originPerson'>[]): string[] =>
  entries.flatMap(({ person, originPerson }) => [person, originPerson]).filter((person) => person !== null);

/** An entry as it will be kept, and as it was told; `whole` is false where something personal could not be sealed as it was told. */
export interface Sealed extends BlockEntry { readonly entry: Entry; readonly whole: boolean }

function sealedEntry(entry: Entry, keys: Keys, originWhole: boolean): Sealed {
  let whole = originWhole;
  const sealed = personalTurned(entry, (person, place, value) => {
    const key = keys.get(person);
    if (key) return seal(key, place, value);
    whole = false;
    return erased;
  });
  const text = leafText({ ...sealed, changes: JSON.stringify(sealed.changes), state: JSON.stringify(sealed.state) });
  return { id: entry.id, companyId: entry.companyId, at: entry.at, text, leaf: sha256(text), terms: termsOf(entry), entry, whole };
}

/**
 * Seals entries with the keys of those they are about, who are given one if they have none.
 * @param originWhole false for an entry whose sealed origin could not be opened
 */
export async function sealEntries(mongo: Mongo, entries: readonly Entry[], originWhole: (entry: Entry) => boolean, now: Date): Promise<Sealed[]> {
  const keys = await keysFor(mongo, peopleOf(entries), now);
  return entries.map((entry) => sealedEntry(entry, keys, originWhole(entry)));
}

/** Is it the fact that is kept? To the letter, or, where its person was erased since, in all that is about nobody. */
export const isSame = ({ leaf, whole, entry }: Sealed, known: Pick<BlockEntry, 'leaf' | 'text'>): boolean =>
  known.leaf === leaf || (!whole && known.text !== '' && toldText(entryFrom(keptEntryOf(known.text))) === toldText(entry));

/** Entries with their personal fields readable, where the person's key still is. */
export async function openedEntries(mongo: Mongo, kept: readonly KeptEntry[]): Promise<Entry[]> {
  const keys = await keysOf(mongo, peopleOf(kept));
  return kept.map((one) => {
    const entry = personalTurned(entryFrom(one), (person, place, value) => unseal(keys.get(person), place, value) ?? erased);
    return { ...entry, ip: entry.ip === erased ? null : entry.ip, userAgent: entry.userAgent === erased ? null : entry.userAgent };
  });
}
