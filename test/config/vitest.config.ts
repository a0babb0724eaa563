import { defineConfig } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;
/** Where the library is: a copy with one safeguard less, where that is to be seen. */
const source = process.env['REDIS_RESILIENCE_SOURCE'] ?? `${root}src`;
const alias = { 'redis-resilience': `${source}/index.ts` };

/** Tests that run whole programs: apart, since they leave no time to tests that measure some. */
const programs = [
  'test/integration/{examples,live-page,upstream}.test.ts',
  'test/package/**/*.test.ts',
  'test/surfaces/leaks.test.ts',
];

/** Tests that run in namespaces of their own: see tiers.js. */
const tiers = ['kernel', 'system'];

export default defineConfig({
  root,
  test: {
    pool: 'forks',
    // Most tests wait most of the time, on two cores as well.
    maxWorkers: 3,
    projects: [
      {
        resolve: { alias },
        test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/properties/**/*.test.ts'] },
      },
      {
        resolve: { alias },
        test: {
          name: 'integration',
          include: [
            'test/integration/**/*.test.ts',
            'test/faults/**/*.test.ts',
            'test/surfaces/**/*.test.ts',
            'test/readme/*.test.ts',
          ],
          exclude: [...programs, ...tiers.map((tier) => `test/faults/${tier}/**`)],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'programs',
          include: programs,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'ecosystem',
          include: ['test/ecosystem/*.test.ts'],
          // Most of an outage is waiting.
          maxConcurrency: 3,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      ...tiers.map((name) => ({
        resolve: { alias },
        test: {
          name,
          include: [`test/faults/${name}/*.test.ts`],
          // Most of a fault is waiting.
          maxConcurrency: 6,
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      })),
    ],
  },
});
