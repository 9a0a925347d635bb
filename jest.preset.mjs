// What every package's Jest run shares: native ES modules, TypeScript by SWC, results for the closing line.
/** @param {string} name @param {import('jest').Config} [own] @returns {import('jest').Config} */
export default function preset(name, own = {}) {
  return {
    displayName: name,
    testEnvironment: 'node',
    // Nothing here is measured by the clock: what takes longer on a busy machine is no failure, what never ends is.
    testTimeout: 60_000,
    // Many suites wait for processes that they kill or hold up: beside them others can run.
    maxWorkers: 2,
    testMatch: ['<rootDir>/**/*.spec.ts'],
    testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    modulePathIgnorePatterns: ['/dist/'],
    extensionsToTreatAsEsm: ['.ts'],
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    transform: {
      '^.+\\.ts$': [
        '@swc/jest',
        {
          swcrc: false,
          jsc: {
            target: 'es2022',
            parser: { syntax: 'typescript', decorators: true },
            transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
            keepClassNames: true,
          },
          module: { type: 'es6' },
          sourceMaps: 'inline',
        },
      ],
    },
    ...own,
  };
}
