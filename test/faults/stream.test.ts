import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BRISK, connected, proxy, server } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { Workload } from '../support/workload.ts';

describe.each(majors)('a damaged stream to $name', (version) => {
  it('never gives a caller a value that is not its own', { timeout: 30_000 }, async (test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    const workload = new Workload(redis, { ratePerSecond: 200, maxCalls: 2_000 });
    await workload.prepare(control);
    workload.start();
    await sleep(300);
    path.inject('@');
    const damagedAt = performance.now();
    await sleep(1_500);
    workload.stop();
    await workload.settle(5_000);
    const audit = await workload.audit(control);
    expect(audit).toMatchObject({
      pending: 0,
      wrong: 0,
      executedTwice: 0,
      lost: 0,
      ghosts: { denied: 0 },
    });
    expect(audit.firstSuccessAfter(damagedAt + 20)).toBeLessThan(300);
  });

  it('ends with the reply too many that shifted it', { timeout: 30_000 }, async (test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    const lost: unknown[] = [];
    redis.resilience.on('connection.lost', (event) => lost.push(event));
    path.stall();
    const replies = Promise.all([redis.get('none'), redis.get('none')]);
    path.inject('+shifted\r\n');
    path.release();
    await replies.catch(() => undefined);
    await expect.poll(() => lost.length).toBe(1);
    await expect.poll(() => redis.set('k', 'v').catch(() => undefined)).toBe('OK');
    await expect(redis.get('k')).resolves.toBe('v');
  });

  it.for([
    { damage: 'a reply that nobody asked for', bytes: '+OK\r\n' },
    { damage: 'a reply of no type', bytes: '@' },
    { damage: 'a number of more than digits', bytes: ':1a\r\n' },
    { damage: 'a payload without an end', bytes: '$2\r\nlonger\r\n' },
  ])('ends at once with $damage while it is idle', async ({ bytes }, test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    const lost: string[] = [];
    redis.resilience.on('connection.lost', ({ failure }) => lost.push(failure.kind));
    path.inject(bytes);
    await expect.poll(() => lost).toEqual(['transport']);
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
    expect(path.connects).toBe(2);
  });

  it(
    'is left while it is idle, when nobody answers the heartbeat',
    { timeout: 30_000 },
    async (test) => {
      const control = await server(test);
      const path = await proxy(test, control);
      const connection = { connectMs: 200, heartbeatMs: 200, maxDelayMs: 100 };
      const redis = await connected(test, version, path.port, { ...BRISK, connection });
      const ready: number[] = [];
      redis.resilience.on('connection.ready', (event) => ready.push(event.connection));
      path.deadenExisting();
      await expect.poll(() => ready.length, { timeout: 5_000 }).toBe(1);
      await expect(redis.set('k', 'v')).resolves.toBe('OK');
    },
  );
});
