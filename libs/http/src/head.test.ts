/** A head put together by hand is the one that Node would write. */
import { expect, test } from '@jest/globals';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { isByHand, writeHead } from './head.ts';
import { securityHeaders } from './security.ts';

interface Asked { readonly method?: string; readonly minor?: number; /** What Node or a plugin did with the answer before. */ readonly before?: (answer: ServerResponse) => void }

function response({ method = 'POST', minor = 1, before }: Asked): ServerResponse & { _header: string } {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method, httpVersionMajor: 1, httpVersionMinor: minor });
  const answer = new ServerResponse(request) as ServerResponse & { _header: string };
  before?.(answer);
  return answer;
}

const headOf = (write: (to: ServerResponse) => void, asked: Asked = {}): { first: string; lines: string[] } => {
  const to = response(asked);
  write(to);
  const [first, ...lines] = to._header.replace(/\r\n\r\n$/, '').split('\r\n') as [string, ...string[]];
  return { first, lines: lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())).filter((line) => !line.startsWith('date:')).toSorted() };
};
const byNode = (status: number, fields: readonly string[], length: number | null, asked?: Asked) =>
  headOf((to) => { to.writeHead(status, [...fields, ...Object.entries(securityHeaders).flat(), ...(length === null ? [] : ['content-length', String(length)])]); }, asked);
const byHand = (status: number, fields: readonly string[], length: number | null, asked?: Asked) => headOf((to) => writeHead(to, status, fields, length), asked);

const json = ['content-type', 'application/json; charset=utf-8', 'etag', '"7"'];
test.each([
  ['an answer', 200, json, 12, {}], ['an empty one', 200, json, 0, {}], ['a refusal', 409, json, 300, {}], ['one without a body', 204, [], null, {}],
  ['the last on its connection', 200, [...json, 'connection', 'close'], 12, {}],
  ['one to HTTP/1.0', 200, json, 12, { minor: 0 }], ['a head alone', 200, json, 12, { method: 'HEAD' }],
  ['one of a status nobody knows', 299, json, 12, {}], ['one that is not sent again', 304, json, null, {}], ['one that is not sent again, with a length', 304, json, 12, {}],
  ['a forecast', 103, json, 0, {}], ['one with a date of its own', 200, [...json, 'date', 'Thu, 01 Jan 2026 00:00:00 GMT'], 12, {}],
  ['one in pieces', 200, [...json, 'transfer-encoding', 'chunked'], null, {}],
  ['one to who waits to be told to go on', 200, json, 12, { before: (to) => Object.assign(to, { _expect_continue: true }) }],
  ['one to who was told to go on', 200, json, 12, { before: (to) => Object.assign(to, { _expect_continue: true, _sent100: true }) }],
  ['one somebody has set a header of', 200, json, 12, { before: (to) => to.setHeader('set-cookie', ['a=1', 'b=2']) }],
  ['one that ends its connection', 200, json, 12, { before: (to) => { to.shouldKeepAlive = false; } }],
  ['letters beyond ASCII', 200, [...json, 'x-request-id', 'é'], 12, {}],
] as [string, number, string[], number | null, Asked][])('%s has the head Node writes', (_, status, fields, length, asked) => {
  expect(byHand(status, fields, length, asked)).toEqual(byNode(status, fields, length, asked));
});

test('the usual head is written by hand: Node, raised to another version, still has what that needs (else `head.ts` costs and brings nothing: see ADR 0010)', () => {
  expect(isByHand).toBe(true);
  const to = response({});
  let own = 0;
  to.writeHead = () => { own++; return to; };
  writeHead(to, 200, json, 12);
  expect([own, to.statusCode, to.headersSent]).toEqual([0, 200, true]);
});

test.each(['a\r\nset-cookie: b', 'a\nb', 'a\0', 'Ā'])('a value that cannot stand in a header (%j) is refused, and nothing is written', (value) => {
  const to = response({});
  expect(() => writeHead(to, 200, ['location', value], 12)).toThrow();
  expect(to.headersSent).toBe(false);
});

test('a second head is refused', () => {
  const to = response({});
  writeHead(to, 200, json, 12);
  expect(() => writeHead(to, 200, json, 12)).toThrow();
});
