import { describe, expect, it, type TestContext } from 'vitest';
import { BRISK, connected, proxy } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { sharedServer } from './shared-server.ts';

const control = sharedServer();
const SHORT = { ...BRISK, timeout: { attemptMs: 150, totalMs: 300, blockingGraceMs: 200 } };

describe.each(majors)('blocking commands of $name', (version) => {
  const client = (test: TestContext, options = SHORT) =>
    connected(test, version, control().port, options);

  /** Each waits longer than the deadline of other commands, in both ways to send it. */
  const WAITS: Record<string, (redis: Awaited<ReturnType<typeof client>>) => Promise<unknown>> = {
    blPop: (redis) => redis['blPop']('none', 0.5),
    BRPOP: (redis) => redis['BRPOP']('none', 0.5),
    blMove: (redis) => redis['blMove']('none', 'there', 'LEFT', 'RIGHT', 0.5),
    blmPop: (redis) => redis['blmPop'](0.5, 'none', 'LEFT'),
    bzPopMin: (redis) => redis['bzPopMin']('none', 0.5),
    xRead: (redis) => redis['xRead']({ key: 'none', id: '$' }, { BLOCK: 500 }),
    wait: (redis) => redis['wait'](1, 500),
    'raw BLPOP': (redis) => redis.sendCommand(['BLPOP', 'none', '0.5']),
    'raw XREAD': (redis) => redis.sendCommand(['XREAD', 'BLOCK', '500', 'STREAMS', 'none', '$']),
    'raw WAIT': (redis) => redis.sendCommand(['WAIT', '1', '500']),
  };

  it('have the time that they ask for, all at once, and hold nobody up', async (test) => {
    const redis = await client(test);
    const waits = Promise.all(Object.values(WAITS).map((wait) => wait(redis)));
    await expect.poll(() => redis.resilience.stats().inFlight).toBe(Object.keys(WAITS).length);
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
    for (const [index, reply] of (await waits).entries()) {
      expect(reply, Object.keys(WAITS)[index]).toSatisfy((it: unknown) => it === null || it === 0);
    }
    expect(redis.resilience.stats().calls.failed).toBe(0);
  });

  it('that a server keeps too long end with their own time and some grace, and take nothing', async (test) => {
    const redis = await client(test);
    const path = await proxy(test, control());
    const behind = await connected(test, version, path.port, SHORT);
    await behind.ping();
    const blocked = behind['blPop']('list', 0.2).catch((error: unknown) => error);
    await expect.poll(() => behind.resilience.stats().inFlight).toBe(1);
    path.stall();
    expect(await blocked).toMatchObject({ kind: 'timeout', execution: 'unknown', attempts: 1 });
    path.heal();
    await redis['rPush']('list', 'element');
    await expect(redis['lLen']('list')).resolves.toBe(1);
    expect(behind.resilience.state).toBe('closed');
  });

  it('that wait for ever do so, and end with their connection', async (test) => {
    const redis = await client(test);
    const forever = redis['blPop']('none', 0).catch((error: unknown) => error);
    await expect.poll(() => redis.resilience.stats().inFlight).toBe(1);
    await control().command('CLIENT', 'KILL', 'TYPE', 'normal');
    expect(await forever).toMatchObject({ kind: 'transport', execution: 'unknown' });
  });
});
