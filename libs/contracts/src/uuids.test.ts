import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { putUuid, uuidText } from './uuids.ts';

describe('a UUID', () => {
  test('comes back from its bytes as it was, in small letters', () => {
    const bytes = new Uint8Array(20);
    for (const id of [...Array.from({ length: 200 }, () => randomUUID() as string), '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']) {
      for (const given of [id, id.toUpperCase()]) {
        putUuid(bytes, given, 3);
        expect(uuidText(bytes, 3)).toBe(id);
        expect(Buffer.from(bytes).subarray(3, 19).toString('hex')).toBe(id.replaceAll('-', ''));
      }
    }
  });

  test.each([
    '', 'none', '00000000-0000-0000-0000-00000000000', '00000000-0000-0000-0000-0000000000000', '00000000_0000-0000-0000-000000000000',
    '0000000g-0000-0000-0000-000000000000', '00000000-0000-0000-0000-00000000000é', '{0000000-0000-0000-0000-000000000000',
  ])(
    'is not %j', (text) => expect(() => putUuid(new Uint8Array(16), text, 0)).toThrow(TypeError));
});
