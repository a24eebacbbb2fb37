/** Reads JSON bodies strictly: what two parsers could understand differently, or a database would change or refuse, is refused here. */
import { isUtf8 } from 'node:buffer';
import type { FieldFault, Text } from '@regie/contracts';

/** What was read, or why it was not. */
export type Read = { readonly value: unknown } | { readonly malformed: Text } | { readonly invalid: readonly FieldFault[] };

/** Arrays and objects within each other, at most. */
export const maxDepth = 32;

const malformed = (en: string, fr: string): Read => ({ malformed: { en, fr } });
const notUtf8 = malformed('The body is not UTF-8.', "Le corps n'est pas de l'UTF-8.");
const notJson = malformed('The body is not JSON.', "Le corps n'est pas du JSON.");
const tooDeep = malformed(`The body is nested deeper than ${maxDepth} levels.`, `Le corps est imbriqué sur plus de ${maxDepth} niveaux.`);
const duplicate = malformed('The body has the same key twice in one object.', 'Le corps contient deux fois la même clé dans un objet.');

/** Parses a body's bytes. A byte order mark is no JSON. */
export function readJson(bytes: Buffer): Read {
  if (!isUtf8(bytes)) return notUtf8;
  const text = bytes.toString('utf8');
  const members = scan(text);
  // Before the parser: what is nested too deep may exhaust the stack of whoever walks it.
  if (members < 0) return tooDeep;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return notJson;
  }
  const escaped = text.includes('\\u');
  if (sound(value, escaped) === members) return { value };
  // Something is wrong: once more, to say what and where.
  const found = new Walk(escaped);
  found.through(value, '');
  if (found.wrong.length > 0) return { invalid: found.wrong };
  // JSON.parse keeps the last of two equal keys; a member that was written and is not there was hidden by another.
  return found.members === members ? { value } : duplicate;
}

const quote = 34, backslash = 92, colon = 58;

/** Counts the members of all objects by their colons outside strings; -1 when it is nested too deep. What is no JSON is the parser's to refuse. */
function scan(text: string): number {
  let members = 0;
  let depth = 0;
  const escapes = text.includes('\\');
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote && !escapes) {
      at = text.indexOf('"', at + 1);
      if (at < 0) break;
    } else if (code === quote) {
      for (at++; at < text.length; at++) {
        const inside = text.charCodeAt(at);
        if (inside === backslash) at++;
        else if (inside === quote) break;
      }
    } else if (code === colon) members++;
    // { and [ are 0x7b and 0x5b, their ends two further on.
    else if ((code | 32) === 0x7b) { if (++depth > maxDepth) return -1; } else if ((code | 32) === 0x7d) depth--;
  }
  return members;
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);
const pointerOf = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const isSafe = (value: number): boolean => Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

/** The members of all objects within; not a number when something is not as it must be. */
function sound(value: unknown, escaped: boolean): number {
  if (typeof value === 'string') return escaped && unsound(value) ? NaN : 0;
  if (typeof value === 'number') return isSafe(value) ? 0 : NaN;
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) members += sound(value[index], escaped);
    return members;
  }
  for (const key of Object.keys(value)) {
    if (forbidden.has(key) || (escaped && unsound(key))) return NaN;
    members += 1 + sound((value as Record<string, unknown>)[key], escaped);
  }
  return members;
}

class Walk {
  members = 0;
  readonly wrong: FieldFault[] = [];
  readonly #escaped: boolean;

  /** @param escaped only escapes can bring NUL and half characters into well-formed UTF-8 */
  constructor(escaped: boolean) { this.#escaped = escaped; }

  through(value: unknown, pointer: string): void {
    if (typeof value === 'string') {
      if (this.#escaped && unsound(value)) this.#say(pointer, 'has a NUL or half a character', 'contient un NUL ou une moitié de caractère');
    } else if (typeof value === 'number') {
      // Beyond it neighbours look the same: what we would keep is not what was sent.
      if (!isSafe(value)) this.#say(pointer, 'is too large a number', 'est un nombre trop grand');
    } else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) this.through(value[index], `${pointer}/${index}`);
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) {
        this.members++;
        if (forbidden.has(key)) this.#say(pointer + pointerOf(key), 'is not a name for a field', 'n’est pas un nom de champ');
        else if (this.#escaped && unsound(key)) this.#say(pointer, 'has a name with a NUL or half a character', 'a un nom avec un NUL ou une moitié de caractère');
        else this.through((value as Record<string, unknown>)[key], pointer + pointerOf(key));
      }
    }
  }

  #say(pointer: string, en: string, fr: string): void {
    if (this.wrong.length < 20) this.wrong.push({ pointer, message: { en, fr } });
  }
}

const unsound = (text: string): boolean => text.includes('\0') || !text.isWellFormed();
