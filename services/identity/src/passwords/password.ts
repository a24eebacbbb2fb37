/** Which passwords will do: long enough, and not what is guessed first. */
import { refuse, type Refusal } from '@regie/contracts';
import { commonWords } from './common.ts';

/** What a guesser knows of the person. */
export interface About {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly company: string | null;
}

const shortest = 12;
/** What is left when words, sequences and the person's own names count for the little they are worth. */
const leastBits = 36;
const worth = { own: 3, again: 3, run: 5, year: 7, word: 11, character: 4 };

/** Refuses a password that is too short or soon guessed, and says what to do. */
export function judgePassword(password: string, about: About, pointer = '/password'): Refusal<'password.too-weak'> | null {
  if (Array.from(password).length < shortest) return tooWeak(`Use at least ${shortest} characters.`, `Au moins ${shortest} caractères.`, pointer);
  if (guessBits(password, about) >= leastBits) return null;
  return tooWeak('Leave out common words, sequences and your own names: three or four words that have nothing to do with each other do well.',
    'Évitez les mots courants, les suites et vos propres noms : trois ou quatre mots sans rapport conviennent bien.', pointer);
}

const tooWeak = (en: string, fr: string, pointer: string): Refusal<'password.too-weak'> =>
  refuse('password.too-weak', { en, fr }, { errors: [{ pointer, message: { en: 'too weak', fr: 'trop faible' } }] });

/** Roughly the binary logarithm of the guesses it takes somebody who tries what people choose first. */
export function guessBits(password: string, about: About): number {
  const text = Array.from(plain(password));
  const spoken = text.map((character) => leet[character] ?? character);
  const own = ownWords(about);
  let bits = 0;
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at).join('');
    const [length, value] = longest([
      [wordAt(text, at, own) || wordAt(spoken, at, own), worth.own],
      [wordAt(text, at, commonWords) || wordAt(spoken, at, commonWords), worth.word],
      [runAt(text, at), worth.run],
      [/^(?:19|20)\d\d/.exec(rest)?.[0].length ?? 0, worth.year],
      [againAt(text, at), worth.again],
    ]);
    bits += length === 0 ? worth.character : value;
    at += Math.max(1, length);
  }
  return bits;
}

/** The longest match; of equal ones the cheapest. */
const longest = (matches: readonly (readonly [length: number, value: number])[]): readonly [number, number] =>
  matches.reduce((best, one) => (one[0] > best[0] || (one[0] === best[0] && one[1] < best[1]) ? one : best));

const plain = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
const leet: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', '@': 'a', $: 's', '!': 'i' };

/** The names somebody has, whole and in parts. */
function ownWords({ email, firstName, lastName, company }: About): ReadonlySet<string> {
  const [local = '', domain = ''] = email.split('@');
  const names = [local, domain, firstName, lastName, company ?? '', firstName + lastName].map(plain);
  const words = names.flatMap((name) => [name.replaceAll(/[^\p{L}\p{N}]/gu, ''), ...name.split(/[^\p{L}\p{N}]+/u)]);
  return new Set(['regie', ...words].filter((word) => Array.from(word).length >= 4));
}

/** How many characters from here on spell a word; separators inside it are skipped over. */
function wordAt(text: readonly string[], at: number, words: ReadonlySet<string>): number {
  let word = '';
  let found = 0;
  for (let end = at; end < Math.min(text.length, at + 60); end++) {
    if (/[\p{L}\p{N}]/u.test(text[end]!)) word += text[end];
    else if (end === at) return 0;
    if (word.length >= 4 && words.has(word)) found = end + 1 - at;
  }
  return found;
}

const rows = [
  'qwertyuiop', 'azertyuiop', 'qwertzuiop', 'asdfghjkl', 'qsdfghjklm', 'zxcvbnm', 'wxcvbn',
  '1234567890', '1qaz2wsx3edc4rfv5tgb', '1q2w3e4r5t6y7u8i', 'abcdefghijklmnopqrstuvwxyz',
];
const walks = rows.flatMap((row) => [row, Array.from(row).toReversed().join('')]);

/** How many characters from here on are one repeated, or stand side by side on a keyboard or in the alphabet. */
function runAt(text: readonly string[], at: number): number {
  let same = 1;
  while (text[at + same] === text[at]) same++;
  let walk = 0;
  for (const row of walks) {
    const from = row.indexOf(text[at]!);
    let length = 0;
    while (from >= 0 && from + length < row.length && text[at + length] === row[from + length]) length++;
    walk = Math.max(walk, length);
  }
  return Math.max(same, walk) >= 3 ? Math.max(same, walk) : 0;
}

/** How many characters from here on were there before. */
function againAt(text: readonly string[], at: number): number {
  let most = 0;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < text.length && text[from + length] === text[at + length]) length++;
    most = Math.max(most, length);
  }
  return most >= 3 ? most : 0;
}
