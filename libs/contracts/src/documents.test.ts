import { describe, expect, test } from '@jest/globals';
import { allOperations, asyncapi, openapi, problems, services, type ServiceContract } from './index.ts';

type Json = Record<string, any>;
const documents: readonly [string, Json][] = [['openapi', openapi()], ['asyncapi', asyncapi()]];
const references = (value: unknown): string[] =>
  typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([key, part]) => (key === '$ref' ? [part as string] : references(part)));
const target = (document: Json, reference: string): unknown => reference.slice(2).split('/').reduce<Json | undefined>((at, name) => at?.[name.replaceAll('~1', '/')], document);

describe.each(documents)('the %s document', (_, document) => {
  test('refers to nothing it does not have', () => {
    const all = new Set(references(document));
    expect(all.size).toBeGreaterThan(20);
    expect([...all].filter((one) => target(document, one) === undefined)).toEqual([]);
  });
  test('is the same twice, and plain JSON', () => { expect(JSON.parse(JSON.stringify(document))).toEqual(document); });
});

test('every operation with a route stands in openapi.json once, with its success, its problems and its lock', () => {
  const { paths } = openapi() as Json;
  const described = Object.values(paths as Json).flatMap((path) => Object.values(path as Json)) as Json[];
  const routed = allOperations.filter(({ route }) => route !== null);
  expect(described.map((one) => one['x-operation']).filter(Boolean).sort()).toEqual(routed.map(({ name }) => name).sort());
  expect(new Set(described.map(({ operationId }) => operationId)).size).toBe(described.length);
  for (const operation of routed) {
    const one = described.find((other) => other['x-operation'] === operation.name)!;
    expect(one['security']).toEqual(operation.roles === 'public' ? [] : [{ bearer: [] }]);
    expect(Object.keys(one['responses']).some((status) => status.startsWith('2'))).toBe(true);
    for (const code of operation.errors) expect(one['responses']).toHaveProperty(String(problems[code][0]));
  }
});

test('whatever names something else by its id may answer that there is none, and whatever takes a key, that it was used', () => {
  const { paths } = openapi() as Json;
  for (const [path, method] of [
    ['/api/availability/query', 'post'], ['/api/maintenance', 'post'], ['/api/events/{id}/reservations', 'post'], ['/api/customers/{id}', 'patch'],
  ] as const) {
    expect(paths[path][method].responses).toHaveProperty('404');
  }
  expect(paths['/api/maintenance/{id}/start'].post.responses).toHaveProperty('422');
  // A list filtered by an id there is not is empty.
  expect(paths['/api/maintenance'].get.responses).not.toHaveProperty('404');
});

test('enumerations have their labels in both languages', () => {
  expect((openapi() as Json)['components'].schemas.EventStatus['x-labels'].in_progress).toEqual({ en: 'In progress', fr: 'En cours' });
  expect((openapi() as Json)['components'].schemas.Event.properties.status).toEqual({ $ref: '#/components/schemas/EventStatus' });
});

test('every fact and command stands in asyncapi.json under the name its messages give as their schema', () => {
  const { components } = asyncapi() as Json;
  for (const { facts, commands } of Object.values(services) as ServiceContract[]) {
    for (const { name, version } of [...Object.values(facts), ...Object.values(commands)]) expect(components.schemas).toHaveProperty([`regie.${name}.v${version}`]);
  }
});
