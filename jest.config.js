// Two kinds of tests: `unit` beside the code, without servers; `real` on real servers, which `npm test` starts first.
// Our ES modules run as ES modules: jest is started with --experimental-vm-modules (stack/src/test.ts does).
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  modulePathIgnorePatterns: ['<rootDir>/.stack/'],
};

/** @type {import('jest').Config} */
export default {
  maxWorkers: 2,
  // Real servers on a busy machine; projects cannot set it for themselves.
  testTimeout: 60_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/libs/*/src/**/*.test.ts', '<rootDir>/services/*/src/**/*.test.ts', '<rootDir>/stack/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
    },
    {
      ...base,
      displayName: 'real',
      testMatch: [
        '<rootDir>/libs/*/test/**/*.test.ts',
        '<rootDir>/services/*/test/**/*.test.ts',
        '<rootDir>/stack/test/**/*.test.ts',
        '<rootDir>/e2e/**/*.test.ts',
      ],
    },
  ],
};
