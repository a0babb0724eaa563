import { defineConfig } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;

/** The tests that have to notice a changed line: of the same rooms, and not random, so that scores can be compared. */
export default defineConfig({
  root,
  resolve: { alias: { 'redis-resilience/opentelemetry': `${root}src/opentelemetry.ts` } },
  test: {
    include: ['test/unit/{connection,failures,layers,pipeline,telemetry}/**/*.test.ts'],
    // To begin a worker for each file would cost more than most of its tests.
    isolate: false,
    fileParallelism: false,
  },
});
