import { describe, expect, test } from '@jest/globals';
import type { Caller } from '@regie/contracts';
import { personText, readPerson } from './callers.ts';

const caller: Caller = { id: 'p', companyId: 'c', roles: ['manager'], sessionId: 's', ip: '127.0.0.1', userAgent: 'Régie "1"\r\nx: y', requestId: 'r1', language: 'fr' };

describe('a person who asks again', () => {
  test('is written and read once', () => {
    expect(personText({ ...caller, requestId: 'r2' })).toBe(personText({ ...caller, roles: ['manager'] }));
    const text = personText(caller);
    expect(readPerson(text)).toBe(readPerson(`${text}`));
    expect(readPerson(text)).toEqual({ ...caller, requestId: undefined });
  });
  test('from elsewhere, in another role, company or language, is another', () => {
    const texts = [
      caller, { ...caller, ip: '::1' }, { ...caller, roles: ['admin'] as const }, { ...caller, roles: [] },
      { ...caller, companyId: 'd' }, { ...caller, language: 'en' as const }, { ...caller, userAgent: '' }, { ...caller, id: 'q' },
    ].map(personText);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.map((text) => JSON.parse(text).ip).filter((ip) => ip === '::1')).toHaveLength(1);
  });
  test('cannot be changed by who reads it', () => {
    expect(Object.isFrozen(readPerson(personText(caller)))).toBe(true);
  });
});
