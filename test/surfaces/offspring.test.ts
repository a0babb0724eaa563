import { describe, expect, it, type TestContext } from 'vitest';
import type { Resilient } from 'redis-resilience';
import { BRISK, connected, proxy, wrap } from '../integration/wrapped.ts';
import { majors, type AnyClient } from '../support/clients.ts';
import { sharedServer } from './shared-server.ts';

type Wrapped = Resilient<AnyClient>;

const control = sharedServer();
const called = (run: (done: (...outcome: unknown[]) => void) => void) =>
  new Promise<unknown[]>((resolve) => {
    run((...outcome) => {
      resolve(outcome);
    });
  });

describe.each(majors)('clients that a client of $name gives away', (version) => {
  const client = (test: TestContext, port = control().port) => connected(test, version, port);

  it('are duplicates with a connection and a circuit of their own', async (test) => {
    const redis = await client(test);
    const second = redis.duplicate({ database: 1 }) as Wrapped;
    test.onTestFinished(() => second.resilience.shutdown({ drainMs: 0 }));
    await second.connect();
    await second.set('k', 'in database 1');
    await expect(redis.get('k')).resolves.toBeNull();
    redis.resilience.isolate();
    await expect(second.get('k')).resolves.toBe('in database 1');
    expect(second.duplicate().constructor).toBe(redis.constructor);
  });

  if (version.major === 4) {
    it('are isolated ones, with a watch of their own', async (test) => {
      const redis = await client(test);
      const outcome: unknown = await redis['executeIsolated'](async (isolated: Wrapped) => {
        await isolated['watch']('k');
        await control().command('SET', 'k', 'theirs');
        await expect(redis.multi().set('other', 'v').exec()).resolves.toEqual(['OK']);
        return isolated
          .multi()
          .set('k', 'ours')
          .exec()
          .catch((error: unknown) => error);
      });
      expect(outcome).toMatchObject({ kind: 'conflict' });
      const failing = redis['executeIsolated'](() => Promise.reject(new RangeError('own')));
      await expect(failing).rejects.toThrow(new RangeError('own'));
    });

    it('settle in an outage, and leave no connection behind', async (test) => {
      const path = await proxy(test, control());
      const redis = await client(test, path.port);
      await redis['executeIsolated']((isolated: Wrapped) => isolated.ping());
      await expect.poll(() => path.links).toBe(1);
      path.down({ reset: true });
      const startedAt = performance.now();
      await expect(redis['executeIsolated'](() => 'never')).rejects.toMatchObject({
        kind: 'transport',
        execution: 'not-sent',
      });
      expect(performance.now() - startedAt).toBeLessThan(BRISK.connection!.connectMs! + 1_000);
      await path.up();
      await expect.poll(() => redis.ping().catch(String), { timeout: 5_000 }).toBe('PONG');
      // Nobody goes on trying for the one that was given up.
      await expect.poll(() => path.links).toBe(1);
      await redis['disconnect']();
      await expect(redis['executeIsolated'](() => 'never')).rejects.toMatchObject({
        kind: 'closed',
      });
    });

    it('have no pool and no callbacks', (test) => {
      const redis = wrap(test, version, 1);
      expect([redis['createPool'], redis['legacy']]).toEqual([undefined, undefined]);
    });
  } else {
    it('are pools, with a circuit of their own', async (test) => {
      const redis = await client(test);
      const pool = redis['createPool']();
      test.onTestFinished(() => pool.resilience.shutdown({ drainMs: 0 }));
      await pool.connect();
      await expect(pool.set('pooled', 'v')).resolves.toBe('OK');
      redis.resilience.isolate();
      await expect(pool.get('pooled')).resolves.toBe('v');
    });

    it('take callbacks, guarded like promises', async (test) => {
      const redis = await client(test);
      const legacy = redis['legacy']();
      const { attempts } = redis.resilience.stats();
      expect(await called((done) => legacy.set('k', 1, done))).toEqual([null, 'OK']);
      expect(await called((done) => legacy.sendCommand('GET', 'k', done))).toEqual([null, '1']);
      expect(await called((done) => legacy.multi().incr('k').get('k').exec(done))).toEqual([
        null,
        [2, '2'],
      ]);
      expect(redis.resilience.stats().attempts - attempts).toBe(3);
      const [error] = await called((done) => legacy.lPush('k', 'v', done));
      expect(error).toMatchObject({ kind: 'command', command: 'LPUSH' });
      redis.resilience.isolate();
      const [refused] = await called((done) => legacy.multi().incr('k').exec(done));
      expect(refused).toMatchObject({ kind: 'circuit-open', command: 'MULTI' });
      // Without a callback a failure goes to whoever listens for errors.
      const emitted = called((done) => redis.once('error', done));
      legacy.get('k');
      expect(await emitted).toMatchObject([{ kind: 'circuit-open' }]);
    });
  }
});
