/** What jest's report comes to. */

export interface Verdict {
  readonly passed: number;
  /** Failed tests, and test files that could not be run at all. */
  readonly failed: number;
  /** The exit code: jest's own, but never 0 when something failed or nothing ran. */
  readonly code: number;
}

/** @param report jest's JSON result; undefined when jest ended without one */
export function verdict(report: unknown, exit: number): Verdict {
  const count = (name: string): number => {
    const value = typeof report === 'object' && report !== null ? (report as Record<string, unknown>)[name] : undefined;
    return typeof value === 'number' ? value : 0;
  };
  const passed = count('numPassedTests');
  const failed = count('numFailedTests') + count('numRuntimeErrorTestSuites');
  return { passed, failed, code: exit !== 0 ? exit : failed > 0 || passed === 0 ? 1 : 0 };
}

export const closingLine = ({ passed, failed }: Verdict): string => `${passed} passed, ${failed} failed`;
