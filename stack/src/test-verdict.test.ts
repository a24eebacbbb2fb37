import { expect, test } from '@jest/globals';
import { closingLine, verdict } from './test-verdict.ts';

test('all passed', () => {
  const all = verdict({ numPassedTests: 12, numFailedTests: 0, numRuntimeErrorTestSuites: 0 }, 0);
  expect(all.code).toBe(0);
  expect(closingLine(all)).toBe('12 passed, 0 failed');
});

test('a test file that could not be run counts as failed', () => {
  expect(verdict({ numPassedTests: 12, numFailedTests: 1, numRuntimeErrorTestSuites: 1 }, 1)).toEqual({ passed: 12, failed: 2, code: 1 });
});

test('no test at all, and no report at all, are failures', () => {
  expect(verdict({ numPassedTests: 0, numFailedTests: 0 }, 0).code).toBe(1);
  expect(verdict(undefined, 0).code).toBe(1);
});
