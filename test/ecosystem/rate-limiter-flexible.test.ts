import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { expect } from 'vitest';
import { workWithRedis } from './conditions.ts';

/** So many points that an answer tells which of the two limiters gave it. */
const INSURED_POINTS = 1_000;

let keys = 0;

workWithRedis<RateLimiterRedis>({
  installedAs: 'rate-limiter-flexible',
  majors: [4, 5, 6],
  outage: 'the `insuranceLimiter` answers; without one, the error reaches the caller',
  start: (storeClient) =>
    new RateLimiterRedis({
      storeClient,
      // Without it the package knows the client of redis 4 only.
      useRedisPackage: true,
      points: 2,
      duration: 60,
      insuranceLimiter: new RateLimiterMemory({ points: INSURED_POINTS, duration: 60 }),
    }),
  async works(limiter) {
    const key = `key${++keys}`;
    expect(await limiter.consume(key)).toMatchObject({ remainingPoints: 1 });
    expect(await limiter.consume(key)).toMatchObject({ remainingPoints: 0 });
    await expect(limiter.consume(key)).rejects.toBeInstanceOf(RateLimiterRes);
    expect(await limiter.get(key)).toMatchObject({ consumedPoints: 3 });
    await limiter.block(key, 10);
    expect(await limiter.get(key)).toMatchObject({ remainingPoints: 0 });
    expect(await limiter.delete(key)).toBe(true);
    expect(await limiter.get(key)).toBeNull();
  },
  async away(limiter) {
    const { remainingPoints } = await limiter.consume(`key${++keys}`);
    expect(remainingPoints).toBe(INSURED_POINTS - 1);
  },
});
