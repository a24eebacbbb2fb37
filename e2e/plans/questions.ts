/** Every question a list can be asked: each sort, each filter alone, and its second page. */
import type { Operation } from '@regie/contracts';
import type { Known } from './rows.ts';

interface Schema { readonly type?: string; readonly format?: string; readonly enum?: readonly unknown[] }
export type Input = Readonly<Record<string, unknown>>;

/** A rare word, one that all have, and both. */
const searches = ['nr777', 'word', 'word nr77'];

/** Filters that mean nothing alone. */
const together = ['availableFrom', 'availableTo', 'quantity'];

function valuesOf(name: string, { type, format, enum: values }: Schema, { ids }: Known): unknown[] {
  if (values) return [...values];
  if (type === 'boolean') return [true, false];
  if (type === 'integer') return [1];
  if (format === 'uuid') return [ids[name]!];
  if (format === 'instant') return [/to$/i.test(name) ? '2026-06-08T00:00:00Z' : '2026-06-01T00:00:00Z'];
  if (format === 'date') return [/to$/i.test(name) ? '2026-06-08' : '2026-06-01'];
  return name === 'q' ? searches : ['sound'];
}

/** @returns inputs with the path's ids and what must be said, without any filter first */
export function questionsOf({ query, route, params }: Operation, known: Known): Input[] {
  const thing = /^GET \/api\/(\w+)\/:id/.exec(route ?? '')?.[1] ?? '';
  const path: Input = 'id' in params.properties ? { id: known.ids[thing === 'equipment' ? 'equipment' : thing.replace(/s$/, '')] } : {};
  const { properties, required = [] } = query as unknown as { properties: Record<string, Schema>; required?: readonly string[] };
  const said: Input = Object.fromEntries(required.map((name) => [name, valuesOf(name, properties[name]!, known)[0]]));
  const filters = Object.entries(properties).filter(([name]) => name !== 'limit' && name !== 'cursor');
  const joint = filters.filter(([name]) => together.includes(name)).map(([name, schema]) => [name, valuesOf(name, schema, known)[0]]);
  const alone = filters.filter(([name]) => !together.includes(name)).flatMap(([name, schema]) => valuesOf(name, schema, known).map((value) => ({ [name]: value })));
  const asked = [...alone, ...(joint.length > 0 ? [Object.fromEntries(joint) as Input] : [])];
  return [{}, ...asked].map((one) => ({ ...said, ...one, ...path }));
}
