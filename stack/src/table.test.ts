import { expect, test } from '@jest/globals';
import { table } from './table.ts';

test('labels stand in one column, further lines under the first, groups apart, empty groups left out', () => {
  const shown = table('Ready', [
    [{ label: 'API', lines: ['http://localhost:8080/api'] }, { label: 'Documentation', lines: ['http://localhost:8080/docs'] }],
    [{ label: 'Log-ins', lines: [] }],
    [{ label: 'Services', lines: ['✓ gateway', '✓ audit'] }],
  ]);
  expect(shown).toBe(
    [
      '', '  Ready', '', '  API             http://localhost:8080/api', '  Documentation   http://localhost:8080/docs',
      '', '  Services        ✓ gateway', '                  ✓ audit', '',
    ].join('\n'),
  );
});
