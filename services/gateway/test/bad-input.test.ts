/** What the world sends that it should not, to every operation there is. No service runs: whatever got past the door would be answered 503 here. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allOperations, allows, Role, type Operation, type TSchema } from '@regie/contracts';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { aPerson, aSystem, send, type Got, type System } from './support/system.ts';

let system: System, token: string;
beforeAll(async () => { system = await aSystem(); token = system.token(aPerson({ roles: [...Role.enum] })); });
afterAll(async () => { await system.stop(); });

const routed = allOperations.filter(({ route }) => route !== null);
const methodOf = ({ route }: Operation) => route!.split(' ')[0]!;
const pathOf = ({ route }: Operation) => route!.split(' ')[1]!.replaceAll(/:(\w+)/g, (_, name: string) => (name === 'type' ? 'equipment' : randomUUID()));
const jsonBodies = routed.filter(({ body, accepts }) => body !== null && accepts === 'application/json');
const withBody = routed.filter((operation) => methodOf(operation) !== 'GET');

interface Schema {
  type?: string; format?: string; pattern?: string; enum?: unknown[]; properties?: Record<string, Schema>; required?: string[]; items?: Schema;
  anyOf?: Schema[]; patternProperties?: object; minItems?: number; minimum?: number; minLength?: number; maxLength?: number; additionalProperties?: boolean;
}

/** A value that fits, as small as can be. */
function fitting(schema: Schema, all = false): any {
  if (schema.anyOf) return fitting(schema.anyOf[0]!, all);
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'object': return Object.fromEntries(Object.entries(schema.properties ?? {})
      .filter(([name]) => all || (schema.required ?? []).includes(name)).map(([name, part]) => [name, fitting(part, all)]));
    case 'array': return Array.from({ length: Math.max(1, schema.minItems ?? 0) }, () => fitting(schema.items!, all));
    case 'integer': case 'number': return Math.max(1, schema.minimum ?? 1);
    case 'boolean': return true;
    default: return text(schema);
  }
}
function text({ format, pattern, minLength = 1 }: Schema): string {
  const known: Record<string, string> = { uuid: randomUUID(), instant: '2030-06-01T10:00:00Z', date: '2030-06-01', 'time-zone': 'Europe/Paris', email: 'a@example.com', text: 'x' };
  if (format) return known[format]!;
  const candidates = ['x', 'sound', 'SON', 'EUR', '+33612345678', '12345678901234', 'A'.repeat(43), 'a.b', 'equipment'];
  return pattern ? candidates.find((one) => new RegExp(pattern, 'u').test(one)) ?? 'x' : 'x'.repeat(minLength);
}

/** Every place in a schema, with its pointer. */
function places(schema: Schema, at: readonly (string | number)[] = []): { at: readonly (string | number)[]; schema: Schema; nullable: boolean }[] {
  const own = schema.anyOf ? schema.anyOf[0]! : schema;
  const here = at.length > 0 ? [{ at, schema: own, nullable: schema.anyOf?.some(({ type }) => type === 'null') ?? false }] : [];
  if (own.type === 'object') return [...here, ...Object.entries(own.properties ?? {}).flatMap(([name, part]) => places(part, [...at, name]))];
  if (own.type === 'array') return [...here, ...places(own.items!, [...at, 0])];
  return here;
}
function withValue(value: any, [first, ...rest]: readonly (string | number)[], put: unknown): any {
  if (first === undefined) return put;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[first] = withValue(copy[first], rest, put);
  return copy;
}

function wrongValues(schema: Schema, nullable: boolean): unknown[] {
  const always = [{ $ne: null }, [5], ...(nullable ? [] : [null])];
  if (schema.enum) return [...always, 'no-such-value', 5];
  switch (schema.type) {
    case 'integer': return [...always.slice(0), true, '5', 1.5, -1, -2_147_483_649, 2_147_483_648_000, 9_007_199_254_740_991, 1e300];
    case 'number': return [...always, true, '5', 'NaN'];
    case 'boolean': return [...always, 'true', 1];
    case 'array': return [{}, 'x', 5, ...(nullable ? [] : [null])];
    case 'object': return [[], 'x', 5, ...(schema.properties ? [{ unknown: 1 }] : [])];
    default: return [
      ...always, 5, true, 'x'.repeat(10_000),
      ...(schema.format === 'text' ? ['', '   ', 'a\u0000b', '\ud800', 'a\u202eb', 'a\u001bb'] : []),
      ...(schema.format === 'uuid' ? ['1', `${randomUUID()}'`, '../../etc/passwd', '%00'] : []),
      ...(schema.format === 'instant' ? [
        '2030-02-30T10:00:00Z', '2030-06-01T10:00:00', '2030-06-01', '2030-06-01T24:00:00Z', '2030-06-01T10:00:00+24:00',
        '2016-12-31T23:59:60Z', '10000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z', 'infinity', 'now',
      ] : []),
      ...(schema.format === 'email' ? ['"a@x.com y"@internal', 'a@b', 'a b@example.com', 'a@example.com\r\nBcc: b@example.com', `${'a,'.repeat(5_000)}@example.com`] : []),
    ];
  }
}

function ask(operation: Operation, init: RequestInit & { token?: string } = {}, query = '') {
  const csvBody = init.body === undefined && operation.accepts === 'text/csv' && methodOf(operation) !== 'GET';
  return send(system.url, pathOf(operation) + query, {
    method: methodOf(operation), token, ...init,
    ...(csvBody ? { body: 'name\n', headers: { 'content-type': 'text/csv' } } : {}),
  });
}

/** Says what is wrong with an answer that should be a refusal. */
const complaint = (what: string, { status, body, headers }: Got, ...wanted: number[]): string[] =>
  wanted.includes(status) && headers.get('content-type') === 'application/problem+json; charset=utf-8'
    && typeof body.code === 'string' && body.status === status && /^[0-9a-f]{32}$/.test(body.traceId) && body.instance.startsWith('/')
    ? [] : [`${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`];

async function all<T>(things: readonly T[], act: (thing: T) => Promise<string[]>): Promise<string[]> {
  const complaints: string[] = [];
  const left = [...things];
  await Promise.all(Array.from({ length: 16 }, async () => { for (let one = left.shift(); one !== undefined; one = left.shift()) complaints.push(...(await act(one))); }));
  return complaints.slice(0, 20);
}

const valid = (operation: Operation) => fitting(operation.body as unknown as Schema);

describe('every operation', () => {
  test('is there to be tested', () => { expect([routed.length, jsonBodies.length]).toEqual([expect.any(Number), expect.any(Number)]); expect(routed.length).toBeGreaterThan(60); });

  test('refuses a body that is no JSON object', async () => {
    const bodies = [
      '{"a":', '{}x', '[]', '"x"', '5', 'true', 'null', '\ufeff{}', '[[[['.repeat(50_000), `${'{"a":'.repeat(100_000)}`, '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}', '{"\\u005f_proto__":1}', '{"constructor":{"prototype":1}}', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"a":NaN}', '{"a":1e999}',
    ];
    expect(await all(jsonBodies.flatMap((operation) => bodies.map((body) => [operation, body] as const)), async ([operation, body]) =>
      complaint(`${operation.name} ${body.slice(0, 40)}`, await ask(operation, { body }), 400, ...(body.length > 16_384 ? [413] : [])))).toEqual([]);
  }, 60_000);

  test('refuses bytes that are no UTF-8', async () => {
    expect(await all(jsonBodies, async (operation) =>
      complaint(operation.name, await ask(operation, {
        body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), headers: { 'content-type': 'application/json' },
      }), 400))).toEqual([]);
  });

  test('refuses fields it does not know, and names them', async () => {
    const cases = jsonBodies.flatMap((operation) => ['role', 'companyId', 'tenant_id', 'version']
      .filter((name) => !(name in (operation.body!.properties as object)))
      .map((name) => [operation, name] as const));
    expect(await all(cases, async ([operation, name]) => {
      const got = await ask(operation, { body: JSON.stringify({ ...valid(operation), [name]: 'x' }) });
      return [
        ...complaint(`${operation.name} ${name}`, got, 400),
        ...(got.body.errors?.some(({ pointer }: { pointer: string }) => pointer === `/${name}`) ? [] : [`${operation.name}: ${name} is not named`]),
      ];
    })).toEqual([]);
  });

  test('refuses wrong values everywhere in its body, and points at them', async () => {
    const cases = jsonBodies.flatMap((operation) => {
      const full = fitting(operation.body as unknown as Schema, true);
      return places(operation.body as unknown as Schema).flatMap(({ at, schema, nullable }) =>
        wrongValues(schema, nullable).map((value) => ({ operation, at, body: JSON.stringify(withValue(full, at, value)), value })));
    });
    expect(cases.length).toBeGreaterThan(1_000);
    expect(await all(cases, async ({ operation, at, body, value }) => {
      const what = `${operation.name} /${at.join('/')} = ${JSON.stringify(value)?.slice(0, 60)}`;
      const got = await ask(operation, { body });
      if (got.status === 413) return complaint(what, got, 413);
      const pointed = (got.body.errors as { pointer: string }[] | undefined)?.some(({ pointer }) => pointer.startsWith(`/${at.slice(0, 1).join('/')}`));
      return [...complaint(what, got, 400), ...(pointed ? [] : [`${what}: not pointed at: ${JSON.stringify(got.body.errors)}`])];
    })).toEqual([]);
  }, 120_000);

  test('refuses a body larger than its limit', async () => {
    expect(await all(withBody, async (operation) => {
      const csv = operation.accepts === 'text/csv';
      const got = await ask(operation,
        { body: csv ? 'x'.repeat(operation.bodyLimit + 1) : JSON.stringify({ a: 'x'.repeat(2_000_000) }), headers: { 'content-type': operation.accepts } })
        .catch(() => undefined);
      // The server hangs up on what it will not read; not every client still reads the answer then.
      return got === undefined ? [] : complaint(operation.name, got, 413);
    })).toEqual([]);
  }, 30_000);

  test('refuses other types of content, and compressed bodies', async () => {
    const types: Record<string, string>[] = [
      { 'content-type': 'text/plain' }, { 'content-type': 'application/json;x' },
      { 'content-type': 'application/jsonx' }, { 'content-type': 'multipart/form-data; boundary=x' },
      { 'content-type': 'application/x-www-form-urlencoded' }, { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ];
    expect(await all(withBody.flatMap((operation) => types.map((headers) => [operation, headers] as const)), async ([operation, headers]) =>
      complaint(`${operation.name} ${JSON.stringify(headers)}`, await ask(operation, { body: '{}', headers }), 415))).toEqual([]);
  });

  test('refuses query parameters it does not know, twice, or out of bounds', async () => {
    const cases = routed.filter(({ roles }) => roles !== 'public').flatMap((operation) => {
      const names = operation.query.properties as Record<string, Schema>;
      return [
        '?unknown=1', '?__proto__=1',
        ...('limit' in names ? ['?limit=0', '?limit=-1', '?limit=1000000000', '?limit=x', '?limit=1&limit=2', '?limit=1.5', '?limit[]=1'] : []),
        ...('sort' in names ? ['?sort=;drop', '?sort=name&sort=name', '?sort=password'] : []),
        ...Object.entries(names).filter(([, { format }]) => format === 'uuid').map(([name]) => `?${name}=1`),
        ...Object.entries(names).filter(([, { format }]) => format === 'instant').map(([name]) => `?${name}=2030-02-30T00:00:00Z`),
        ...Object.keys(names).map((name) => `?${name}=1%00`),
      ].map((query) => [operation, query] as const);
    });
    expect(await all(cases, async ([operation, query]) =>
      complaint(`${operation.name} ${query}`, await ask(operation, methodOf(operation) !== 'GET' && operation.accepts === 'application/json'
        ? { body: JSON.stringify(operation.body ? valid(operation) : {}) }
        : {}, query), 400))).toEqual([]);
  }, 30_000);

  test('has nothing at addresses with ids that cannot be', async () => {
    const withIds = routed.filter(({ route }) => route!.includes('/:id'));
    const ids = ['1', 'x'.repeat(101), '..%2f..%2fetc', `${randomUUID()}%27`, '%00', '%', 'null'];
    const cases = withIds.flatMap((operation) => ids.map((id) => [operation, id] as const));
    expect(await all(cases, async ([operation, id]) => {
      const address = operation.route!.split(' ')[1]!.replace(':type', 'equipment').replaceAll(/:\w+/g, id);
      const body = methodOf(operation) === 'GET' ? {} : { body: JSON.stringify(operation.body ? valid(operation) : {}) };
      const got = await send(system.url, address, { method: methodOf(operation), token, ...body });
      return complaint(`${operation.name} ${id.slice(0, 20)}`, got, 400, 404);
    })).toEqual([]);
  }, 30_000);

  test('wants a token unless it is public, and a role that is declared', async () => {
    const strangers = await all(routed.filter(({ roles }) => roles !== 'public'), async (operation) =>
      complaint(operation.name, await send(system.url, pathOf(operation), { method: methodOf(operation) }), 401));
    const roles = Role.enum.map((role) => ({ role, token: system.token(aPerson({ roles: [role] })) }));
    const matrix = await all(routed.filter((operation) => operation.roles !== 'public')
      .flatMap((operation) => roles.map((one) => [operation, one] as const)), async ([operation, { role, token: own }]) => {
      const may = allows(operation.roles, { id: 'x', companyId: 'x', roles: [role] } as never);
      // A wrong query shows that it got past the roles without asking any service.
      return complaint(
        `${role} ${operation.name}`,
        await send(system.url, `${pathOf(operation)}?unknown=1`,
          { method: methodOf(operation), token: own, ...(operation.accepts === 'text/csv' ? { body: 'x', headers: { 'content-type': 'text/csv' } } : {}) }),
        may ? 400 : 403);
    });
    expect([...strangers, ...matrix]).toEqual([]);
  }, 60_000);

  test('that fits its contract gets past the door', async () => {
    const cases = routed.filter(({ name }) => !name.startsWith('identity.')).slice(0, 6);
    expect(await all(cases, async (operation) => complaint(operation.name, await ask(
      operation, methodOf(operation) !== 'GET' && operation.body && operation.accepts !== 'text/csv' ? { body: JSON.stringify(valid(operation)) } : {},
      required(operation)), 503))).toEqual([]);
  }, 30_000);
});

const required = ({ query }: Operation): string => {
  const needed = Object.entries(query.properties as Record<string, TSchema>).filter(([name]) => (query.required as string[] | undefined ?? []).includes(name));
  return needed.length === 0 ? '' : `?${new URLSearchParams(Object.fromEntries(needed.map(([name, schema]) => [name, String(fitting(schema as Schema))]))).toString()}`;
};

describe('the door', () => {
  test('answers 404 and 405 as problems, in the language asked for', async () => {
    expect(await send(system.url, '/api/nothing', { headers: { 'accept-language': 'fr' } }))
      .toMatchObject({ status: 404, body: { code: 'not-found', title: 'Introuvable', instance: '/api/nothing' } });
    const wrong = await send(system.url, '/api/customers', { method: 'PUT', body: '{' });
    expect(wrong).toMatchObject({ status: 405, body: { code: 'request.method' } });
    expect(wrong.headers.get('allow')).toContain('POST');
  });
  test('ignores a slash at the end', async () => { expect((await send(system.url, '/api/customers/')).status).toBe(401); });
  test('words field errors in French too', async () => {
    const { body } = await send(system.url, '/api/customers', { method: 'POST', token, body: '{}', headers: { 'accept-language': 'fr-FR' } });
    expect(body).toMatchObject({ title: "La requête n'est pas valide", errors: [{ pointer: '/name', message: 'est requis' }] });
  });
  test('refuses an Idempotency-Key that is none', async () => {
    for (const key of ['x'.repeat(256), 'é', '""'])
      expect((await send(system.url, '/api/customers', { method: 'POST', token, body: '{"name":"x"}', headers: { 'idempotency-key': key } })).status)
        .toBe(400);
  });
  test('believes no header about who somebody is', async () => {
    expect((await send(system.url, '/api/customers', { headers: { 'x-user-id': randomUUID(), 'x-tenant': randomUUID(), 'x-forwarded-for': '127.0.0.1' } })).status).toBe(401);
  });
  test('takes a request id only when it is one', async () => {
    const id = randomUUID();
    expect((await send(system.url, '/api/nothing', { headers: { 'x-request-id': id } })).headers.get('x-request-id')).toBe(id);
    const made = (await send(system.url, '/api/nothing', { headers: { 'x-request-id': 'x' } })).headers.get('x-request-id');
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
  });
  test('goes on with the trace of the client', async () => {
    const trace = 'a'.repeat(31) + '1';
    const { body, headers } = await send(system.url, '/api/nothing', { headers: { traceparent: `00-${trace}-${'b'.repeat(16)}-01` } });
    expect([body.traceId, headers.get('traceresponse')!.slice(3, 35)]).toEqual([trace, trace]);
  });
  test('tells no origin that it may read, and never to keep an answer', async () => {
    for (const origin of ['null', 'https://evil.example', 'https://sub.evil.example']) {
      const { headers } = await send(system.url, '/api/customers', { token, headers: { origin } });
      expect([headers.get('access-control-allow-origin'), headers.get('cache-control')]).toEqual([null, 'no-store']);
    }
  }, 30_000);
  test('protects its answers with headers', async () => {
    const { headers } = await send(system.url, '/api/vocabulary');
    expect(headers.get('strict-transport-security')).toMatch(/max-age=31536000/);
    expect([headers.get('x-content-type-options'), headers.get('x-frame-options'), headers.get('referrer-policy'), headers.get('content-security-policy')])
      .toEqual(['nosniff', 'DENY', 'no-referrer', expect.stringContaining("default-src 'none'")]);
  });
  test('has no figures where the world can see them', async () => {
    expect((await send(system.url, '/metrics')).status).toBe(404);
    expect((await send(system.health, '/metrics')).text).toContain('regie_http_seconds');
  });
  test('shows its documents without any other server', async () => {
    const page = await send(system.url, '/docs/');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(?:src|href)="https?:/);
    expect((await send(system.url, '/docs/static/swagger-ui-bundle.js')).status).toBe(200);
    expect((await send(system.url, '/openapi.json')).body.openapi).toBe('3.1.0');
    expect((await send(system.url, '/asyncapi.json')).body.asyncapi).toBe('3.0.0');
    expect((await send(system.url, '/api/vocabulary')).body.role[0]).toEqual({ value: 'admin', en: 'Administrator', fr: 'Administrateur' });
    expect((await send(system.url, '/', { headers: { accept: 'text/html' } })).text).toContain('/docs');
  });

  const raw = (text: string, drip = ''): Promise<{ text: string; ms: number }> => new Promise((resolve, reject) => {
    const begun = Date.now();
    const { port } = new URL(system.url);
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    const dripping = drip === '' ? undefined : setInterval(() => { if (socket.writable) socket.write(drip); }, 500);
    let received = '';
    socket.on('data', (data) => { received += data.toString(); }).on('error', () => undefined)
      .on('close', () => { clearInterval(dripping); resolve({ text: received, ms: Date.now() - begun }); });
    setTimeout(() => { clearInterval(dripping); socket.destroy(); reject(new Error(`still open: ${received}`)); }, 20_000).unref();
  });
  test.each([
    ['a body', `POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`, ' '],
    ['headers', 'GET / HTTP/1.1\r\nhost: x\r\nx: ', 'y'],
  ])('hangs up on %s that drip in, within ten seconds', async (_, head, drip) => {
    const { text: received, ms } = await raw(head, drip);
    expect(received).toContain('408');
    expect(received).toContain('request.timeout');
    expect(ms).toBeLessThan(10_000);
  }, 25_000);
  const chunked = (...pieces: string[]): string =>
    `POST /api/auth/login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${pieces
      .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')}`;
  test('reads a body that comes in pieces whole, and hangs up on one that grows larger than its limit', async () => {
    const { text: whole } = await raw(chunked('{"', 'nobody', '":1}', ''));
    expect(whole).toMatch(/^HTTP\/1.1 400/);
    expect(whole).toContain('"pointer":"/nobody"');
    const { text: large } = await raw(chunked(...Array.from({ length: 20 }, () => 'x'.repeat(1_000))));
    expect(large).toMatch(/^HTTP\/1.1 413/);
    expect(large).toContain('request.too-large');
  }, 25_000);
  test('refuses requests that two servers could read differently', async () => {
    expect((await raw('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')).text).toMatch(/^HTTP\/1.1 400/);
    expect((await raw('GET / HTTP/1.1\r\nconnection: close\r\n\r\n')).text).toMatch(/^HTTP\/1.1 400/);
    expect((await raw('FOO / HTTP/1.1\r\nhost: x\r\n\r\n')).text).toMatch(/^HTTP\/1.1 400/);
    expect((await raw('TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).text).toMatch(/^HTTP\/1.1 40[045]/);
    expect((await raw(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`)).text).toMatch(/^HTTP\/1.1 431/);
  });
});
