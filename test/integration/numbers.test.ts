import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AuthError } from 'redis-resilience';
import { majors } from '../support/clients.ts';
import { eventOf, jsonLog } from '../support/json-log.ts';
import { Workload } from '../support/workload.ts';
import { BRISK, connected, proxy, server, wrap } from './wrapped.ts';

describe.each(majors)('$name', (version) => {
  it(
    'gives every caller its own value after a value was cut in mid-reply',
    { timeout: 60_000 },
    async (test) => {
      const control = await server(test);
      const redis = await connected(test, version, control.port);
      for (const delayMs of [6, 12, 15, 18]) {
        await control.command('SETRANGE', 'large', '29999999', 'x');
        const cut = redis.get('large').catch(() => 'failed');
        await sleep(delayMs);
        await control.kill();
        await cut;
        await control.restart();
        await expect
          .poll(() => redis.set('up', '1').catch(() => undefined), { timeout: 5_000 })
          .toBe('OK');
        const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
        await Promise.all(keys.map((key) => redis.set(key, `value of ${key}`)));
        const values = await Promise.all(keys.map((key) => redis.get(key)));
        expect(values).toEqual(keys.map((key) => `value of ${key}`));
      }
    },
  );

  it('answers 1,000 GETs that were in flight when the connection was reset', async (test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    const opened: unknown[] = [];
    redis.resilience.on('circuit.opened', (event) => opened.push(event));
    const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => redis.set(key, key)));
    path.stall();
    const replies = Promise.all(keys.map((key) => redis.get(key)));
    await sleep(50);
    expect(redis.resilience.stats().inFlight).toBe(1_000);
    path.reset();
    path.release();
    expect(await replies).toEqual(keys);
    expect(opened).toEqual([]);
  });

  it('answers 50,000 GETs at once on a healthy server', { timeout: 60_000 }, async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port, { logger: false });
    await redis.set('k', 'v');
    const replies = await Promise.all(Array.from({ length: 50_000 }, () => redis.get('k')));
    expect(replies.every((reply) => reply === 'v')).toBe(true);
  });

  it('executes an INCR once when its reply is lost, and says that it may have been', async (test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    for (const [index, cut] of [
      () => undefined,
      () => {
        path.reset();
      },
    ].entries()) {
      path.swallowReplies();
      const failing: Promise<unknown> = redis.incr(`n${index}`).catch((error: unknown) => error);
      const value = () => control.command('GET', `n${index}`);
      await expect.poll(value).toBe('$1\r\n1\r\n');
      cut();
      const error = await failing;
      path.restoreReplies();
      expect(error).toMatchObject({ execution: 'unknown', command: 'INCR', attempts: 1 });
      expect(['transport', 'timeout']).toContain((error as { kind: string }).kind);
      expect(await value()).toBe('$1\r\n1\r\n');
      await expect.poll(() => redis.ping().catch(() => undefined), { timeout: 5_000 }).toBe('PONG');
    }
  });

  it('says within connectMs that the password is wrong, and shows it nowhere', async (test) => {
    const { port } = await server(test, { password: 'right' });
    const lines: unknown[] = [];
    const logger = { log: (entry: unknown) => lines.push(entry) };
    const redis = wrap(test, version, port, { ...BRISK, logger }, { password: 'canary-secret' });
    const startedAt = performance.now();
    const error: unknown = await redis.connect().catch((reason: unknown) => reason);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(error).toBeInstanceOf(AuthError);
    await sleep(300);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify([lines, error])).not.toContain('canary-secret');
  });

  it('goes over to new credentials without a failed call', { timeout: 20_000 }, async (test) => {
    const control = await server(test, { password: 'old' });
    let password = 'old';
    const credentials = () => Promise.resolve({ password });
    const redis = await connected(test, version, control.port, { ...BRISK, credentials });
    await control.command('CONFIG', 'SET', 'requirepass', 'new');
    control.password = password = 'new';
    await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
  });
});

const rejectedOf = (outcomes: readonly PromiseSettledResult<unknown>[] = []) =>
  outcomes.filter(({ status }) => status === 'rejected').length;

describe('with the defaults', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];

  // The longest first: five run at a time.
  it.concurrent.for(majors)(
    '$name tells a 30 s outage of five clients, each at 500 calls/s, in at most 4 lines of each',
    { timeout: 60_000 },
    async (version, test) => {
      const control = await server(test);
      const { logger, lines } = jsonLog();
      const clients = await Promise.all(
        names.map(async (name) => {
          const redis = await connected(test, version, control.port, { name, logger });
          const options = { owner: name, ratePerSecond: 500, maxCalls: 20_000 };
          return { name, redis, workload: new Workload(redis, options) };
        }),
      );
      for (const { workload } of clients) workload.start();
      await sleep(500);
      await control.kill();
      await sleep(30_000);
      await control.restart();
      await sleep(2_000);
      for (const { workload } of clients) {
        workload.stop();
        await workload.settle(5_000);
      }
      // What fails at the very end is told as well, by the time that closing is over.
      await control.kill();
      const last = clients.map(({ redis }) => Array.from({ length: 100 }, () => redis.get('k')));
      await Promise.all(clients.map(({ redis }) => redis.resilience.shutdown({ drainMs: 0 })));
      const told = lines.length;
      const outcomes = await Promise.all(last.map((calls) => Promise.allSettled(calls)));
      test.expect(lines).toHaveLength(told);

      const warnings = lines.filter(({ level }) => level !== 'info');
      for (const [index, { name, workload }] of clients.entries()) {
        const own = warnings.filter((line) => line['redis.client.name'] === name);
        test.expect(own.map(eventOf)).toEqual(['circuit.opened', 'circuit.closed', 'summary']);
        test.expect(own[0]?.message).toMatch(/the circuit opened \(disconnected\)/);
        test.expect(own[1]?.message).toMatch(/the circuit closed after (29|3\d)\.\d s; \d+ calls/);
        const counts = own.slice(1).map((line) => line['redis.failed_calls']);
        test.expect(counts).toEqual([workload.report().failed, rejectedOf(outcomes[index])]);
      }
      test.expect(warnings.length).toBeLessThanOrEqual(4 * names.length);
      // Four more of each client, from `info` on: connected, lost, connected, closed.
      test.expect(lines.length).toBeLessThanOrEqual(warnings.length + 5 * names.length);
    },
  );

  it.concurrent.for(majors)(
    '$name survives 10 s without a server at 500 calls/s',
    { timeout: 60_000 },
    async (version, test) => {
      const control = await server(test, {
        args: ['--appendonly', 'yes', '--appendfsync', 'always'],
      });
      const redis = await connected(test, version, control.port, { logger: false });
      const workload = new Workload(redis, { ratePerSecond: 500, maxCalls: 10_000 });
      await workload.prepare(control);
      workload.start();
      await sleep(1_000);
      await control.kill();
      const killedAt = performance.now();
      await sleep(10_000);
      const restartedAt = performance.now();
      await control.restart();
      await sleep(2_000);
      workload.stop();
      await workload.settle(5_000);

      const audit = await workload.audit(control);
      test
        .expect(audit)
        .toMatchObject({ pending: 0, wrong: 0, executedTwice: 0, lost: 0, ghosts: { denied: 0 } });
      const waited = audit.calls.filter(
        ({ startedAt, settledAt = Infinity }) => startedAt < killedAt + 900 && settledAt > killedAt,
      );
      test.expect(waited.length).toBeGreaterThan(300);
      test
        .expect(Math.max(...waited.map(({ settledAt = Infinity }) => settledAt - killedAt)))
        .toBeLessThan(1_200);
      const during = audit.calls.filter(
        ({ startedAt }) => startedAt > killedAt + 1_300 && startedAt < restartedAt - 100,
      );
      const refusals = during
        .map(({ startedAt, settledAt = Infinity }) => settledAt - startedAt)
        .sort((a, b) => a - b);
      // A busy machine may pause us now and then: all but one in a hundred.
      test.expect(refusals[Math.floor(refusals.length * 0.99)]).toBeLessThan(5);
      test.expect(audit.firstSuccessAfter(restartedAt)).toBeLessThan(1_200);
    },
  );
});
