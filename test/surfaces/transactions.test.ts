import { describe, expect, it, type TestContext } from 'vitest';
import { ConflictError, type Resilient } from 'redis-resilience';
import { connected, proxy } from '../integration/wrapped.ts';
import { majors, type AnyClient } from '../support/clients.ts';
import { sharedServer } from './shared-server.ts';

const control = sharedServer();

/** Cuts every connection of clients, and waits until the wrapper has another. */
async function cut(redis: Resilient<AnyClient>): Promise<void> {
  const { id } = redis.resilience.stats().connection;
  await control().command('CLIENT', 'KILL', 'TYPE', 'normal');
  await expect
    .poll(() => redis.resilience.stats().connection)
    .toSatisfy((now: { ready: boolean; id: number }) => now.ready && now.id !== id);
}

describe.each(majors)('transactions of $name', (version) => {
  const client = (test: TestContext) => connected(test, version, control().port);

  const RUNS: Record<string, unknown[]> = {
    exec: [],
    'exec as a pipeline': [true],
    EXEC: [],
    execAsPipeline: [],
    ...(version.major >= 5 && { execTyped: [], execAsPipelineTyped: [] }),
  };

  it.for(Object.entries(RUNS))('are one call by %s', async ([run, args], test) => {
    const redis = await client(test);
    const [method = ''] = run.split(' ');
    const calls: unknown[] = [];
    redis.resilience.on('call.succeeded', (event) => calls.push(event));
    const before = redis.resilience.stats();
    await expect(
      redis
        .multi()
        .set('k', '1')
        .incr('k')
        .get('k')
        [method](...args),
    ).resolves.toEqual(['OK', 2, '2']);
    const after = redis.resilience.stats();
    expect(after.attempts - before.attempts).toBe(1);
    expect(after.calls.succeeded - before.calls.succeeded).toBe(1);
    const asPipeline = args[0] === true || method.startsWith('execAsPipeline');
    expect(await control().command('INFO', 'commandstats')).toMatch(/cmdstat_set/);
    expect(calls).toMatchObject([{ command: asPipeline ? 'PIPELINE' : 'MULTI' }]);
  });

  it('outlive connections, and may be run more than once', async (test) => {
    const redis = await client(test);
    const multi = redis.multi().incr('n').addCommand(['INCR', 'n']);
    await expect(multi.exec()).resolves.toEqual([1, 2]);
    await cut(redis);
    await expect(multi.exec()).resolves.toEqual([3, 4]);
  });

  it('tell the replies of a transaction of which a part failed', async (test) => {
    const redis = await client(test);
    await redis.set('text', 'v');
    const failed: any = await redis
      .multi()
      .lPush('text', 'v')
      .incr('n')
      .exec()
      .catch((e: unknown) => e);
    expect(failed).toMatchObject({ kind: 'command', execution: 'executed' });
    expect(failed.replies[1]).toBe(1);
    expect(redis.resilience.stats().attempts).toBe(2);
  });

  it('fail with a conflict when a watched key was changed, and not otherwise', async (test) => {
    const redis = await client(test);
    await redis['watch'](['k', 'other']);
    await expect(redis.multi().set('k', 'ours').exec()).resolves.toEqual(['OK']);
    await redis['watch']('k');
    await control().command('SET', 'k', 'theirs');
    await expect(redis.multi().set('k', 'ours').exec()).rejects.toBeInstanceOf(ConflictError);
    await redis['watch']('k');
    await control().command('SET', 'k', 'theirs');
    await redis['unwatch']();
    await expect(redis.multi().set('k', 'ours').exec()).resolves.toEqual(['OK']);
  });

  it('fail with a conflict when the watch was lost with its connection', async (test) => {
    const redis = await client(test);
    for (const watch of [
      () => redis['watch']('k'),
      () => redis['WATCH']('k'),
      () => redis.sendCommand(['WATCH', 'k']),
    ]) {
      await watch();
      await cut(redis);
      await control().command('SET', 'k', 'theirs');
      const lost = redis.multi().set('k', 'ours').exec();
      await expect(lost).rejects.toBeInstanceOf(ConflictError);
      await expect(lost).rejects.toMatchObject({ execution: 'not-executed' });
      await expect(redis.get('k')).resolves.toBe('theirs');
    }
    await expect(redis.multi().set('k', 'ours').exec()).resolves.toEqual(['OK']);
  });

  it('share a watch with all users of the client, as those of the bare client do', async (test) => {
    const redis = await client(test);
    await redis['watch']('k');
    // Whoever comes first uses the watch up.
    await expect(redis.multi().get('unrelated').exec()).resolves.toEqual([null]);
    await control().command('SET', 'k', 'theirs');
    await expect(redis.multi().set('k', 'ours').exec()).resolves.toEqual(['OK']);
  });

  it('do not lose an update, however many count at once through watches', async (test) => {
    const redis = await client(test);
    const rivals = [redis, redis.duplicate(), redis.duplicate()] as (typeof redis)[];
    for (const rival of rivals.slice(1)) {
      await rival.connect();
      test.onTestFinished(() => rival.resilience.shutdown({ drainMs: 0 }));
    }
    let conflicts = 0;
    const count = async (rival: typeof redis): Promise<void> => {
      await rival['watch']('n');
      const value = Number(await rival.get('n'));
      try {
        await rival
          .multi()
          .set('n', String(value + 1))
          .exec();
      } catch (error) {
        expect(error).toBeInstanceOf(ConflictError);
        conflicts++;
        await count(rival);
      }
    };
    await Promise.all(
      rivals.map(async (rival) => {
        for (let round = 0; round < 10; round++) await count(rival);
      }),
    );
    await expect(redis.get('n')).resolves.toBe('30');
    expect(conflicts).toBeGreaterThan(0);
  });

  it('are not sent when the circuit is open, and settle in an outage', async (test) => {
    const path = await proxy(test, control());
    const redis = await connected(test, version, path.port);
    redis.resilience.isolate();
    await expect(redis.multi().incr('n').exec()).rejects.toMatchObject({
      kind: 'circuit-open',
      command: 'MULTI',
    });
    redis.resilience.restore();
    path.down({ reset: true });
    await expect(redis.multi().incr('n').exec()).rejects.toMatchObject({
      execution: 'not-sent',
    });
    await path.up();
    await expect
      .poll(
        () =>
          redis
            .multi()
            .incr('n')
            .exec()
            .catch(() => 'down'),
        { timeout: 5_000 },
      )
      .toEqual([1]);
  });
});
