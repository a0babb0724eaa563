/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'test/config/mutation.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  mutate: [
    'src/failures/**/*.ts',
    'src/layers/**/*.ts',
    'src/connection/**/*.ts',
    'src/telemetry/**/*.ts',
    // Tested with the real SDK and instrumentation, which take too long for this.
    '!src/telemetry/opentelemetry/traces.ts',
  ],
  // Names of kinds, states and events are checked by the compiler, and the wording of a message is no behaviour.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  // Tables are read once at import, so that each of their lines would need every test; tests of their own hold them.
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 5_000,
  thresholds: { high: 95, low: 85, break: 85 },
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  tempDirName: 'coverage/stryker',
  ignorePatterns: [
    'dist',
    'coverage',
    'examples',
    'test/*',
    '!test/unit',
    '!test/support',
    '!test/config',
    '!test/surfaces',
  ],
};
