import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { majors } from '../support/clients.ts';
import { BRISK, connected, server } from './wrapped.ts';

/** Far more than a consumer gets to ask within an outage, and few enough to end. */
const TOO_OFTEN = 10_000;

describe('a consumer that asks again at once', () => {
  it.concurrent.for(majors)('leaves the process to others with $name', async (version, test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port, {
      ...BRISK,
      connection: { ...BRISK.connection, connectMs: 5_000 },
      breaker: { disconnectedMs: 100 },
    });
    let asked = 0;
    let elements = 0;
    const consume = async (): Promise<void> => {
      while (redis.isOpen && asked++ < TOO_OFTEN) {
        const element: unknown = await redis['blPop']('list', 1).catch(() => null);
        if (element) elements++;
      }
    };
    const consuming = consume();
    await control.kill();
    await sleep(1_000);
    test.expect(redis.resilience.state).toBe('open');
    test.expect(asked).toBeLessThan(10);
    await control.restart();
    await test.expect
      .poll(() => redis['rPush']('list', 'element').catch(() => undefined), { timeout: 5_000 })
      .toBe(1);
    await test.expect.poll(() => elements).toBe(1);
    await redis.resilience.shutdown({ drainMs: 0 });
    await consuming;
  });

  it.concurrent.for(majors)(
    'hears of timers between refusals with $name',
    async (version, test) => {
      const redis = await connected(test, version, (await server(test)).port);
      redis.resilience.isolate();
      for (const client of [redis, redis.resilience.with({ fallback: () => 'a fallback' })]) {
        const heard: string[] = [];
        setTimeout(() => heard.push('a timer'));
        for (let count = 0; heard.length === 0 && count < TOO_OFTEN; count++) {
          await client.get('k').catch(() => undefined);
        }
        test.expect(heard).toEqual(['a timer']);
      }
    },
  );
});
