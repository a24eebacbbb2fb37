/** Enumerations: each value with its English and French label, declared once, beside the value. */
import Type, { type TEnum } from 'typebox';

/** A sentence or a label in the two languages people see. */
export interface Text {
  readonly en: string;
  readonly fr: string;
}

export interface Labelled {
  readonly value: string;
  readonly en: string;
  readonly fr: string;
}

const vocabularies = new Map<string, readonly Labelled[]>();

/**
 * Declares an enumeration and puts it into the vocabulary under `name`.
 * @returns the schema of its values
 * @throws when the name is taken: two enumerations of one name would hide each other at `/api/vocabulary`
 */
export function enumeration<const Value extends string>(name: string, labels: Readonly<Record<Value, readonly [en: string, fr: string]>>): TEnum<Value[]> {
  if (vocabularies.has(name)) throw new Error(`The enumeration ${name} is declared twice.`);
  const values = Object.keys(labels) as Value[];
  vocabularies.set(name, values.map((value) => ({ value, en: labels[value][0], fr: labels[value][1] })));
  return Type.Enum(values);
}

/** Every enumeration with its labels, as `/api/vocabulary` answers it. */
export const vocabulary = (): Readonly<Record<string, readonly Labelled[]>> => Object.fromEntries(vocabularies);
