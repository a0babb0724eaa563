import { defineConfig } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;

/** The tests that have to notice a changed line: of the same rooms, and not random, so that a score can be compared. */
export default defineConfig({
  root,
  test: {
    include: ['test/unit/{connection,failures,layers,pipeline}/**/*.test.ts'],
    isolate: false,
    fileParallelism: false,
  },
});
