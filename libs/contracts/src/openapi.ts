/** The HTTP surface as an OpenAPI 3.1 document, derived from the operations. Schemas are JSON Schema already: nothing is translated. */
import type { TObject, TSchema } from 'typebox';
import { componentSchemas, documented } from './components.ts';
import type { Operation } from './define.ts';
import { problems, type ProblemCode } from './problem.ts';
import { allOperations, services } from './services.ts';

type Json = Record<string, unknown>;
const ref = (kind: 'schemas' | 'parameters' | 'headers' | 'responses', name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

/** The keys of operations in their contracts are the ids in the document: `createEquipment`. */
const keys = new Map<Operation, string>(Object.values(services)
  .flatMap(({ operations }) => Object.entries(operations as Readonly<Record<string, Operation>>).map(([key, one]) => [one, key] as const)));

/** The document of everything that has a route. @param version of this installation */
export function openapi({ version = '0.1.0', url }: { version?: string; url?: string } = {}): Json {
  const paths: Record<string, Json> = { '/api/vocabulary': { get: vocabularyOperation } };
  for (const operation of allOperations) {
    if (operation.route === null) continue;
    const [method, path] = operation.route.split(' ') as [string, string];
    (paths[path.replaceAll(/:(\w+)/g, '{$1}')] ??= {})[method.toLowerCase()] = described(operation, method);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Régie', version, license: { name: 'MIT', identifier: 'MIT' },
      description: 'The back office of companies that equip, staff and run events. Errors are RFC 9457 problems with a stable `code`; `Accept-Language: fr` words them in French. '
        + 'Lists answer `{ items, nextCursor }`. Times are RFC 3339 instants with an offset, periods half-open, money in minor units. Unknown fields and unknown query parameters are refused.',
    },
    ...(url === undefined ? {} : { servers: [{ url }] }),
    tags: Object.values(services).filter(({ operations }) => Object.keys(operations).length > 0).map(({ name }) => ({ name })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The `accessToken` of `POST /api/auth/login`, good for ten minutes.' } },
      parameters, headers, responses: sharedResponses(), schemas: { Problem: problemSchema, FieldError: fieldErrorSchema, ...componentSchemas([paths, parameters]) },
    },
  };
}

function described(operation: Operation, method: string): Json {
  const { roles, body, accepts } = operation;
  return {
    operationId: keys.get(operation) ?? operation.name,
    summary: operation.summary,
    tags: [operation.name.split('.')[0]],
    security: roles === 'public' ? [] : [{ bearer: [] }],
    'x-roles': roles,
    'x-operation': operation.name,
    parameters: [
      ...fields(operation.params, 'path'), ...fields(operation.query, 'query'), ref('parameters', 'AcceptLanguage'),
      ...(operation.keyed ? [ref('parameters', 'IdempotencyKey')] : []),
      ...(['PATCH', 'PUT', 'DELETE'].includes(method) ? [ref('parameters', 'IfMatch')] : []),
      ...(operation.settledBy === null ? [] : [ref('parameters', 'Prefer')]),
    ],
    ...(body === null ? {} : {
      requestBody: {
        required: accepts === 'text/csv' || (body.required ?? []).length > 0,
        content: { [accepts]: { schema: accepts === 'text/csv' ? { type: 'string' } : documented(body) } },
      },
    }),
    responses: { ...successes(operation), ...refusals(operation, method) },
  };
}

const fields = (schema: TObject, where: 'path' | 'query'): Json[] =>
  Object.entries(schema.properties).map(([name, part]) => ({ name, in: where, required: where === 'path' || (schema.required ?? []).includes(name), schema: documented(part) }));

/** What it answers when all is well: now, or (202) when it is decided later. */
function successes(operation: Operation): Json {
  const { output, settledBy, produces, status } = operation;
  const one = 'properties' in output && 'id' in (output as unknown as TObject).properties;
  const content = produces === 'text/csv' ? { 'text/csv': { schema: { type: 'string' } } } : { 'application/json': { schema: documented(output) } };
  const answer = (code: number, description: string): Json => ({
    description,
    headers: {
      'X-Request-Id': ref('headers', 'XRequestId'), ...(one && code !== 204 ? { ETag: ref('headers', 'ETag') } : {}),
      ...(code === 201 || code === 202 ? { Location: ref('headers', 'Location') } : {}),
      ...(operation.keyed ? { 'Idempotency-Replayed': ref('headers', 'IdempotencyReplayed') } : {}), ...(isList(operation) ? { Link: ref('headers', 'Link') } : {}),
    },
    ...(code === 204 ? {} : { content }),
  });
  const settled = settledBy !== null && status === 202 ? 201 : status;
  return {
    [settled]: answer(settled, settledBy === null ? 'Done' : 'Decided'),
    ...(settledBy === null ? {} : { 202: answer(202, 'Not decided yet: read it at `Location`') }),
  };
}

/** Lists have a `Link` to their next page. */
export const isList = ({ output }: Operation): boolean =>
  'properties' in output && 'items' in (output as unknown as TObject).properties && 'nextCursor' in (output as unknown as TObject).properties;

/** Everything it may refuse with: its own codes and those its form brings along. */
export function codesOf(operation: Operation, method: string): ProblemCode[] {
  const { roles, body, query, params, keyed, errors } = operation;
  const has = (schema: TObject) => Object.keys(schema.properties).length > 0;
  return [...new Set<ProblemCode>([
    'request.malformed', 'request.invalid',
    ...('cursor' in query.properties ? ['request.cursor-invalid'] as const : []),
    ...(roles === 'public' ? [] : ['auth.required', 'auth.token-invalid'] as const),
    ...(Array.isArray(roles) ? ['auth.forbidden'] as const : []),
    ...(has(params) || (body !== null && namesAnother(body)) ? ['not-found'] as const : []),
    ...(['PATCH', 'PUT', 'DELETE'].includes(method) ? ['request.stale'] as const : []),
    ...(method === 'GET' ? [] : ['request.timeout', 'request.too-large', 'request.media-type'] as const),
    ...(!keyed ? [] : ['idempotency.in-progress', 'idempotency.key-reused'] as const),
    ...errors, 'rate.limited', 'internal', 'service.unavailable', 'service.overloaded',
  ])];
}

/** Does it hold the id of something else, which may not be there? */
const namesAnother = (schema: TSchema): boolean => {
  const { format, properties = {}, items, anyOf = [] } = schema as { format?: string; properties?: Record<string, TSchema>; items?: TSchema; anyOf?: TSchema[] };
  return format === 'uuid' || [...Object.values(properties), ...(items === undefined ? [] : [items]), ...anyOf].some(namesAnother);
};

/** Codes that mean the same everywhere; the others are listed where they can happen. */
const everywhere = {
  401: 'Unauthorized', 403: 'Forbidden', 408: 'Timeout', 412: 'Stale', 413: 'TooLarge',
  415: 'MediaType', 429: 'Limited', 500: 'Internal', 503: 'Unavailable',
} as const;
const shared: Readonly<Record<string, readonly ProblemCode[]>> = {
  401: ['auth.required', 'auth.token-invalid'], 403: ['auth.forbidden'], 408: ['request.timeout'], 412: ['request.stale'], 413: ['request.too-large'], 415: ['request.media-type'],
  429: ['rate.limited'], 500: ['internal'], 503: ['service.unavailable', 'service.overloaded'],
};

function refusals(operation: Operation, method: string): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codesOf(operation, method)) {
    const [status] = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].sort(([a], [b]) => a - b).map(([status, codes]) => {
    const name = everywhere[status as keyof typeof everywhere];
    return [status, name !== undefined && codes.every((code) => shared[status]!.includes(code)) ? ref('responses', name) : refusal(codes)];
  }));
}

const refusal = (codes: readonly ProblemCode[]): Json => ({
  description: codes.map((code) => `\`${code}\`: ${problems[code][1]} / ${problems[code][2]}`).join('\n\n'),
  content: { 'application/problem+json': { schema: { allOf: [ref('schemas', 'Problem'), { type: 'object', properties: { code: { type: 'string', enum: codes } } }] } } },
});

const sharedResponses = (): Json => Object.fromEntries(Object.entries(everywhere).map(([status, name]) =>
  [name, { ...refusal(shared[status]!), ...(status === '429' || status === '503' ? { headers: { 'Retry-After': ref('headers', 'RetryAfter') } } : {}) }]));

const problemSchema = {
  type: 'object', required: ['type', 'title', 'status', 'detail', 'code'], description: 'RFC 9457. Some codes have members of their own: `shortages`, `blocking` …',
  properties: {
    type: { type: 'string', description: '`urn:regie:problem:<code>`' }, title: { type: 'string' },
    status: { type: 'integer' }, detail: { type: 'string', description: 'What to do next, in the language asked for' },
    instance: { type: 'string' }, code: { type: 'string', enum: Object.keys(problems) },
    errors: { type: 'array', items: { $ref: '#/components/schemas/FieldError' } }, traceId: { type: 'string' },
  },
};
const fieldErrorSchema = {
  type: 'object', required: ['pointer', 'message'],
  properties: { pointer: { type: 'string', description: 'A JSON pointer into the body, or `?name` for a query parameter' }, message: { type: 'string' } },
};

const header = (description: string, schema: Json = { type: 'string' }): Json => ({ description, schema });
const headers = {
  XRequestId: header('Names this request in every log'), ETag: header('The version: `"7"`'),
  Location: header('Where to read it'), Link: header('`rel="next"` while there is a next page'),
  IdempotencyReplayed: header('`true` when the key was used before: nothing was done again'), RetryAfter: header('Seconds', { type: 'integer' }),
};
const parameter = (name: string, description: string, schema: Json): Json => ({ name, in: 'header', required: false, description, schema });
const parameters = {
  AcceptLanguage: parameter('Accept-Language', 'Words problems: `en` or `fr`', { type: 'string' }),
  IdempotencyKey: parameter('Idempotency-Key', 'One effect and one answer for seven days, however often it is sent',
    { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' }),
  IfMatch: parameter('If-Match', 'The ETag it must still have; 412 when it has not', { type: 'string' }),
  Prefer: parameter('Prefer', '`wait=5` waits up to 5 s (at most 20) for the decision', { type: 'string' }),
};

const labelled = { type: 'object', required: ['value', 'en', 'fr'], properties: { value: { type: 'string' }, en: { type: 'string' }, fr: { type: 'string' } } };
const vocabularyOperation = {
  operationId: 'getVocabulary', summary: 'Every enumeration with its labels, French and English', tags: ['gateway'], security: [], 'x-roles': 'public',
  responses: {
    200: {
      description: 'Done',
      content: { 'application/json': { schema: { type: 'object', additionalProperties: { type: 'array', items: labelled } } } },
    },
  },
};
