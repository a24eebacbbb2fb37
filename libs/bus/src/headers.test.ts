import { describe, expect, test } from '@jest/globals';
import { headers, MsgHdrsImpl, type Msg } from '@nats-io/nats-core/internal';
import type { Caller } from '@regie/contracts';
import { header, headerReader, headersIn, headersOf } from './headers.ts';
import { answerHeaders, questionHeaders, readAnswer, type Served } from './wire.ts';

/** A message as the client keeps one that it has received. */
const heard = (encoded: Uint8Array, body = ''): Msg => {
  const bytes = Buffer.concat([encoded, Buffer.from(body)]);
  return { _rdata: bytes, _msg: { hdr: encoded.length }, data: bytes.subarray(encoded.length) } as unknown as Msg;
};
const answerIn = (message: Msg) => readAnswer(headersIn(message), message.data);
const bytesOf = (sent: unknown): Uint8Array => (sent as { encode(): Uint8Array }).encode();

const caller: Caller = { id: 'p', companyId: 'c', roles: ['manager'], sessionId: 's', ip: '127.0.0.1', userAgent: 'Régie "1"\r\nx: y', requestId: 'r1', language: 'fr' };

describe('headers written by hand', () => {
  test('are what the client itself reads, value by value', () => {
    const sent = MsgHdrsImpl.decode(bytesOf(questionHeaders({
      caller, params: { q: 'é\r\nStatus: 1' }, body: new Uint8Array(), remainingMs: 12.7, idempotencyKey: 'k 1', ifMatch: '"7"', traceparent: '00-1',
    }, 'n1')));
    expect([...sent].map(([name, values]) => [name, ...values])).toEqual([
      ['Regie-Number', 'n1'],
      ['Regie-Caller', JSON.stringify({ id: 'p', companyId: 'c', roles: ['manager'], sessionId: 's', ip: '127.0.0.1', userAgent: 'Régie "1"\r\nx: y', language: 'fr' })],
      ['Regie-Remaining-Ms', '12'], ['Regie-Request', 'r1'], ['Regie-Params', JSON.stringify({ q: 'é\r\nStatus: 1' })],
      ['traceparent', '00-1'], ['Idempotency-Key', 'k 1'], ['If-Match', '"7"'],
    ]);
  });
  test('hold no line break, which would begin another header', () => {
    for (const value of ['a\r\nRegie-Status: 200', 'a\nb', 'a\rb']) expect(() => header('Location', value)).toThrow(RangeError);
    expect(() => answerHeaders({ status: 201, type: 'a', body: '', location: '/x\r\nRegie-Settles: 1' })).toThrow(RangeError);
    expect(() => questionHeaders({ caller, params: {}, body: new Uint8Array(), remainingMs: 1, idempotencyKey: 'a\nIf-Match: *' }, '1')).toThrow(RangeError);
  });
});

describe('headers read by hand', () => {
  test('are what the client itself wrote', () => {
    const sent = headers();
    for (const [name, value] of [['Regie-Status', '201'], ['ETag', '"3"'], ['Location', '/é'], ['X-Regie-Status', '500']]) sent.set(name!, value!);
    expect(answerIn(heard(bytesOf(sent), '{}')))
      .toMatchObject({ status: 201, etag: '"3"', location: '/é', settles: undefined, replayed: false, type: 'application/json; charset=utf-8' });
    // Where the client shows them only its own way.
    expect(answerIn({ headers: sent, data: new Uint8Array() } as unknown as Msg)).toMatchObject({ status: 201, etag: '"3"', location: '/é' });
  });
  test('of an answer come back as they were sent', () => {
    const served: Served = { status: 409, type: 'application/problem+json', body: 'x', etag: '"1"', location: '/a', settles: 'b', replayed: true };
    const { body, ...read } = answerIn(heard(bytesOf(answerHeaders(served, '5')), 'x'));
    expect([read, Buffer.from(body).toString()]).toEqual([{ status: 409, type: 'application/problem+json', etag: '"1"', location: '/a', settles: 'b', replayed: true }, 'x']);
  });
  test('are absent when they are absent, empty, in another\'s value, or not there at all', () => {
    const read = headerReader('ETag');
    expect(read(headersIn(heard(bytesOf(headersOf(header('ETag', ''))))))).toBeUndefined();
    expect(read(headersIn(heard(bytesOf(headersOf(header('Note', 'ETag: "9"'))))))).toBeUndefined();
    expect(headersIn({ _rdata: Buffer.from('body'), _msg: { hdr: -1 } } as unknown as Msg)).toBe('');
    expect(headersIn({ data: new Uint8Array() } as unknown as Msg)).toBe('');
  });
});
