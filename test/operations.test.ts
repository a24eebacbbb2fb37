import { describe, expect, test } from '@jest/globals';
import { allOperations, problems, services, type Operation, type ServiceContract, type TSchema } from '@regie/contracts';
import { filesBelow } from './support/repository.ts';
import { read } from './support/source.ts';

const contracts: readonly ServiceContract[] = Object.values(services);
const withOperations = contracts.filter(({ operations }) => Object.keys(operations).length > 0);
/** Where each of these keys stands in an object literal whose value is one of these: a path for each place. */
function placesOf(keys: ReadonlySet<string>, folder: string, ending: string, isMeant: (value: string) => boolean = () => true): ReadonlyMap<string, readonly string[]> {
  const places = new Map([...keys].map((key) => [key, [] as string[]]));
  for (const file of filesBelow([folder], ending)) {
    if (file.path.endsWith('.test.ts')) continue;
    for (const { name, value } of read(file).keys) if (isMeant(value)) places.get(name)?.push(file.path);
  }
  return places;
}
const list = (places: ReadonlyMap<string, readonly string[]>): string[] => [...places].map(([key, files]) => `${key}: ${files.length === 0 ? 'nowhere' : files.join(', ')}`);
const onlyOnce = (places: ReadonlyMap<string, readonly string[]>): string[] => list(new Map([...places].filter(([, files]) => files.length !== 1)));

describe.each(withOperations)('$name', ({ name, operations }) => {
  const keys = new Set(Object.keys(operations));
  // Declared with operation(), or as one of a resource's five.
  const declared = placesOf(keys, `libs/contracts/src/${name}`, '.ts', (value) => value === 'operation()' || value.startsWith('.'));
  const answered = placesOf(keys, `services/${name}/src`, '.operations.ts');

  test('declares each operation once in libs/contracts and answers it once in one *.operations.ts', () => {
    const wrong = { declared: onlyOnce(declared), answered: onlyOnce(answered) };
    if (wrong.declared.length + wrong.answered.length > 0) {
      process.stderr.write(`${name}, libs/contracts:\n  ${list(declared).join('\n  ')}\n${name}, *.operations.ts:\n  ${list(answered).join('\n  ')}\n`);
    }
    expect(wrong).toEqual({ declared: [], answered: [] });
  });

  test('answers nothing that is not declared: every *.operations.ts has its operations in the contract', () => {
    const files = filesBelow([`services/${name}/src`], '.operations.ts').map(({ path }) => path);
    const used = new Set([...answered.values()].flat());
    expect(files.length).toBeGreaterThan(0);
    // Parts of an operation that grew may have a file of their own; then one beside it names the operation.
    expect(files.filter((file) => !used.has(file) && !files.some((other) => used.has(other) && folderOf(other) === folderOf(file)))).toEqual([]);
  });
});

const folderOf = (file: string): string => file.slice(0, file.lastIndexOf('/'));

describe('every operation', () => {
  test('has a name of its own and a summary that says what it does', () => {
    const names = allOperations.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(allOperations.filter(({ summary }) => summary.length < 5 || summary.length > 120 || summary.endsWith('.')).map(({ name }) => name)).toEqual([]);
  });

  test('takes nothing without a limit: every text, list and whole number of its input is bounded', () => {
    expect(allOperations.length).toBeGreaterThan(40);
    expect(allOperations.flatMap((operation) => inputsOf(operation).flatMap(([where, schema]) => unbounded(schema, `${operation.name} ${where}`)))).toEqual([]);
  });

  test('refuses fields it does not know', () => {
    const open = allOperations.flatMap((operation) => inputsOf(operation).flatMap(([where, schema]) => openObjects(schema, `${operation.name} ${where}`)));
    expect(open).toEqual([]);
  });
});

test('what is unbounded is seen: a text, a list, a whole number and an open object', () => {
  const text = { type: 'string' }, bounded = { type: 'string', maxLength: 5 };
  expect(unbounded({
    type: 'object',
    properties: { a: text, b: bounded, c: { type: 'array', items: text }, d: { type: 'integer', minimum: 0 }, e: { anyOf: [bounded, { type: 'null' }] } },
  }, 'x'))
    .toEqual(['x/a', 'x/c', 'x/c[]', 'x/d']);
  expect(openObjects({ type: 'object', properties: {} }, 'x')).toEqual(['x']);
});

test('every problem has a status, and a title in both languages', () => {
  const wrong = Object.entries(problems).filter(([, [status, en, fr]]) => status < 400 || status > 599 || en.trim() === '' || fr.trim() === '' || (en as string) === fr);
  expect(wrong).toEqual([]);
  for (const operation of allOperations) expect(operation.errors.filter((code) => !(code in problems))).toEqual([]);
});

/** As JSON Schema: what the limits are read from. */
interface Schema { readonly [keyword: string]: unknown }

// The text of a table is bounded by the operation's bodyLimit.
const inputsOf = ({ params, query, body, accepts }: Operation): [string, Schema][] =>
  ([['params', params], ['query', query], ['body', accepts === 'application/json' ? body : null]] as [string, TSchema | null][])
    .flatMap(([where, schema]) => (schema === null ? [] : [[where, schema as unknown as Schema]]));

const parts = (schema: Schema, at: string): [Schema, string][] => [
  ...Object.entries((schema['properties'] ?? {}) as Record<string, Schema>).map(([name, part]): [Schema, string] => [part, `${at}/${name}`]),
  ...Object.values((schema['patternProperties'] ?? {}) as Record<string, Schema>).map((part): [Schema, string] => [part, `${at}/*`]),
  ...['anyOf', 'oneOf', 'allOf'].flatMap((word) => ((schema[word] ?? []) as Schema[]).map((part): [Schema, string] => [part, at])),
  ...(Array.isArray(schema['items']) ? (schema['items'] as Schema[]).map((part): [Schema, string] => [part, `${at}[]`])
    : schema['items'] === undefined ? []
    : [[schema['items'] as Schema, `${at}[]`] as [Schema, string]]),
];

function unbounded(schema: Schema, at: string): string[] {
  const has = (...words: string[]) => words.some((word) => schema[word] !== undefined);
  const own = schema['type'] === 'string' ? !has('maxLength', 'format', 'pattern', 'enum', 'const')
    : schema['type'] === 'array' ? !has('maxItems')
    : schema['type'] === 'integer' ? !has('enum', 'const') && !(has('minimum', 'exclusiveMinimum') && has('maximum', 'exclusiveMaximum'))
    : false;
  return [...(own ? [at] : []), ...parts(schema, at).flatMap(([part, where]) => unbounded(part, where))];
}

const openObjects = (schema: Schema, at: string): string[] => [
  ...(schema['type'] === 'object' && schema['additionalProperties'] !== false && schema['patternProperties'] === undefined ? [at] : []),
  ...parts(schema, at).flatMap(([part, where]) => openObjects(part, where)),
];
