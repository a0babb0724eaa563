import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ResilienceError } from 'redis-resilience';
import { describe, expect, it } from 'vitest';
import { connected, server } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { Stalls } from '../support/stalls.ts';

/** A steady load, what comes on top of it at once, and how many calls wait without a connection. */
const RATE_PER_SECOND = 500;
const FLOOD = 60_000;
const BOUND = 1_000;
const OPTIONS = { logger: false, connection: { connectMs: 10_000 } } as const;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a flood of calls while the server is away', () => {
  it.for(majors)(
    '$name refuses at once what is beyond its bound, and keeps nothing of it',
    { timeout: 60_000 },
    async (version, test) => {
      const control = await server(test);
      const redis = await connected(test, version, control.port, OPTIONS);
      const outcomes = new Map<string, number>();
      const succeededAt: number[] = [];
      const call = (index: number) => {
        redis.set(`key:${index % 100}`, String(index).padEnd(1_000, '-')).then(
          () => succeededAt.push(performance.now()),
          (error: unknown) => {
            const { kind } = error as ResilienceError;
            outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
          },
        );
      };
      const settled = () => succeededAt.length + [...outcomes.values()].reduce((a, b) => a + b, 0);
      let issued = 0;
      let steady = 0;
      const startedAt = performance.now();
      const ticker = setInterval(() => {
        const due = ((performance.now() - startedAt) * RATE_PER_SECOND) / 1_000;
        for (; steady < due; steady++) call(issued++);
      }, 5);
      test.onTestFinished(() => {
        clearInterval(ticker);
      });
      await sleep(500);
      expect(outcomes.size, 'control').toBe(0);
      expect(succeededAt.length).toBeGreaterThan(RATE_PER_SECOND / 8);

      await control.kill();
      await expect.poll(() => redis.isReady, { interval: 1 }).toBe(false);
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (let count = 0; count < FLOOD; count++) call(issued++);
      expect(redis.resilience.stats().waiting).toBeLessThanOrEqual(BOUND);
      await sleep(100);
      const refused = outcomes.get('overloaded') ?? 0;
      expect(refused).toBeGreaterThanOrEqual(FLOOD - BOUND);
      collectGarbage();
      const heldBytes = process.memoryUsage().heapUsed - before;
      expect(heldBytes).toBeLessThan(BOUND * 4_096 + 4 * 2 ** 20);

      await expect.poll(() => redis.resilience.state, { timeout: 5_000 }).toBe('open');
      await expect.poll(() => issued - settled()).toBe(0);
      expect(redis.resilience.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
      await control.restart();
      const stalls = new Stalls();
      const restartedAt = performance.now();
      await expect.poll(() => succeededAt.at(-1)! > restartedAt, { timeout: 5_000 }).toBe(true);
      await sleep(1_000);
      clearInterval(ticker);
      await expect.poll(() => issued - settled()).toBe(0);
      stalls.stop();
      const after = succeededAt.filter((at) => at > restartedAt);
      const burst = mostWithin(after, 100);
      // What this process was late, the steady calls come in one.
      const lateMs = stalls.longestMsSince(restartedAt);
      expect(burst).toBeLessThan(3 * (RATE_PER_SECOND / 1_000) * (100 + lateMs));
    },
  );
});

function mostWithin(moments: readonly number[], windowMs: number): number {
  let first = 0;
  return moments.reduce((most, to, index) => {
    while (moments[first]! <= to - windowMs) first++;
    return Math.max(most, index - first + 1);
  }, 0);
}
