/** Schemas that have a name of their own in the documents: everything else stands where it is used. */
import type { TSchema } from 'typebox';
import { AuditEntry } from './audit/index.ts';
import { Changes, Money } from './common.ts';
import { vocabulary, type Labelled } from './enumeration.ts';
import { Contact, customers, Event, Venue } from './events/index.ts';
import { Company, User } from './identity/index.ts';
import { Category, Equipment, EquipmentCreation, Loss, Maintenance, Reservation, ReservationLine, Shortage, ShortageReason, Unit } from './inventory/index.ts';

type Json = Readonly<Record<string, unknown>>;

const resources: Readonly<Record<string, TSchema>> = {
  Money, Changes, AuditEntry, Contact, Customer: customers.state, CustomerCreation: customers.creation, Event, Venue, Company, User, Category, Equipment, EquipmentCreation, Unit,
  Loss, Maintenance, Reservation, ReservationLine, Shortage, ShortageReason,
};

/** `reservation-status` → `ReservationStatus` */
const pascal = (name: string): string => name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

const enumerationSchema = (labels: readonly Labelled[]): Json => ({
  type: 'string', enum: labels.map(({ value }) => value), 'x-labels': Object.fromEntries(labels.map(({ value, en, fr }) => [value, { en, fr }])),
  description: labels.map(({ value, en, fr }) => `\`${value}\`: ${en} / ${fr}`).join('\n'),
});

/** What a schema looks like when it is used: the key it is recognised by. */
const shapeOf = (schema: unknown): string => JSON.stringify(schema);

const enumerations = Object.entries(vocabulary());
const names = new Map<string, string>([
  ...Object.entries(resources).map(([name, schema]) => [shapeOf(schema), name] as const),
  ...enumerations.map(([name, labels]) => [shapeOf({ enum: labels.map(({ value }) => value) }), pascal(name)] as const),
]);

/**
 * The schema as it stands in a document: what has a name becomes a reference, and formats only we know become the ones everybody knows.
 * @param own the name it is published under itself
 */
export function documented(schema: unknown, own?: string): unknown {
  if (Array.isArray(schema)) return schema.map((part) => documented(part));
  if (typeof schema !== 'object' || schema === null) return schema;
  const name = names.get(shapeOf(schema));
  if (name !== undefined && name !== own) return { $ref: `#/components/schemas/${name}` };
  const entries = Object.entries(schema).map(([key, part]) => [key, key === 'format' && part === 'instant' ? 'date-time' : key === 'enum' ? part : documented(part)] as const);
  return { ...('enum' in schema && !('type' in schema) ? { type: 'string' } : {}), ...Object.fromEntries(entries) };
}

/** The named schemas a document refers to, enumerations with their labels. @param used what refers to them */
export function componentSchemas(used: unknown): Readonly<Record<string, unknown>> {
  const all = new Map<string, unknown>([
    ...Object.entries(resources).map(([name, schema]) => [name, documented(schema, name)] as const),
    ...enumerations.map(([name, labels]) => [pascal(name), enumerationSchema(labels)] as const),
  ]);
  const wanted = new Set<string>();
  const want = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      const name = key === '$ref' && typeof value === 'string' ? value.replace('#/components/schemas/', '') : undefined;
      if (name === undefined) want(value);
      else if (all.has(name) && !wanted.has(name)) { wanted.add(name); want(all.get(name)); }
    }
  };
  want(used);
  return Object.fromEntries([...all].filter(([name]) => wanted.has(name)));
}
