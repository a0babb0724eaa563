import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import type { ResilienceOptions, Resilient } from 'redis-resilience';
import type { AnyClient } from '../support/clients.ts';
import { freePort } from '../support/free-port.ts';
import type { SentinelTrio } from '../support/redis-sentinel.ts';
import { kinds, trioOf, wrapped } from './kinds.ts';
import { proxy } from './wrapped.ts';

const WITHIN = { timeout: 15_000 };

const [, sentinel6] = kinds as [unknown, (typeof kinds)[0]];

/** Enough for a busy machine, where a trio is seven processes. */
const PATIENT: ResilienceOptions = {
  timeout: { attemptMs: 500, totalMs: 1_500 },
  connection: { connectMs: 3_000, silenceMs: 500, maxDelayMs: 500 },
};

const optionsFor = (trio: SentinelTrio, more: object = {}) => ({
  name: trio.name,
  sentinelRootNodes: trio.rootNodes,
  ...more,
});

/** What became of INCRs that were made every 10 ms. */
class Increments {
  succeeded = 0;
  /** When those were given up of which nobody knows whether they were executed. */
  readonly unknownAt: number[] = [];
  firstAfter = Infinity;
  readonly #calls: Promise<void>[] = [];
  #stopped = false;

  constructor(redis: Pick<AnyClient, 'incr'>, key: string) {
    void (async () => {
      while (!this.#stopped) {
        this.#calls.push(this.#call(redis.incr(key)));
        await sleep(10);
      }
    })();
  }

  /** Resolves when no call is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#calls);
  }

  async #call(call: Promise<unknown>): Promise<void> {
    try {
      await call;
      this.succeeded++;
      this.firstAfter = Math.min(this.firstAfter, performance.now());
    } catch (error) {
      if ((error as { execution?: string }).execution === 'unknown') {
        this.unknownAt.push(performance.now());
      }
    }
  }
}

/** Resolves with the time at which most sentinels name another master. */
async function failedOver(trio: SentinelTrio, old: { port: number }): Promise<number> {
  while ((await trio.master()).port === old.port) await sleep(10);
  return performance.now();
}

/** A client that is not wrapped; it ends with the test. */
async function bareOf({ onTestFinished }: TestContext, client: AnyClient): Promise<AnyClient> {
  client.on('error', () => undefined);
  onTestFinished(() => client['destroy']() as Promise<void>);
  await client.connect();
  return client;
}

/**
 * How long after the failover writes may resume: 2 s, and half as much again where two test files share
 * two cores; the client of redis 5 finds the master by itself.
 */
const RESUMED_MS: Readonly<Record<number, number>> = { 5: 6_000, 6: 3_000 };

/** The value of a counter, as soon as Redis can be asked. */
async function valueOf(redis: { get(key: string): Promise<unknown> }, key: string) {
  const read = () => redis.get(key).catch(() => undefined);
  await expect.poll(read, WITHIN).toBeDefined();
  return Number(await read());
}

describe('a sentinel', () => {
  it(
    'resumes writes after the failover from a killed master',
    { timeout: 40_000 },
    async (test) => {
      const trio = await trioOf(test, { downAfterMs: 500 });
      const master = await trio.master();
      const guarded = await Promise.all(
        kinds.map(async (version) => {
          const redis = wrapped(test, version.createSentinel(optionsFor(trio)), PATIENT);
          const messages: string[] = [];
          await redis.connect();
          await redis.subscribe('news', (message) => messages.push(message));
          return { version, redis, messages };
        }),
      );
      await master.kill();
      const promoted = failedOver(trio, master);
      for (const { version, redis, messages } of guarded) {
        const increments = new Increments(redis, version.name);
        await expect.poll(() => increments.firstAfter, WITHIN).toBeLessThan(Infinity);
        await increments.stop();
        const resumedMs = increments.firstAfter - (await promoted);
        expect(resumedMs).toBeLessThan(RESUMED_MS[version.major] ?? 0);
        expect(await valueOf(redis, version.name)).toBe(increments.succeeded);
        await expect
          .poll(async () => {
            await redis.publish('news', 'again');
            return messages;
          }, WITHIN)
          .toContain('again');
      }
    },
  );

  it(
    'executes no write that was given up while the master was frozen; the bare one all',
    { timeout: 40_000 },
    async (test) => {
      const trio = await trioOf(test, { downAfterMs: 500 });
      const master = await trio.master();
      const pairs = await Promise.all(
        kinds.map(async (version) => {
          const redis = wrapped(test, version.createSentinel(optionsFor(trio)), PATIENT);
          const bare = await bareOf(test, version.createSentinel(optionsFor(trio)));
          await redis.connect();
          return { redis, bare, name: version.name };
        }),
      );
      await master.freeze();
      const runs = pairs.map(({ redis, bare, name }) => ({
        ...{ redis, name },
        abandoned: Array.from({ length: 20 }, () => bare.incr(`${name}, bare`)),
        increments: new Increments(redis, name),
      }));
      const promotedAt = await failedOver(trio, master);
      for (const { redis, name, abandoned, increments } of runs) {
        await expect.poll(() => increments.firstAfter, WITHIN).toBeLessThan(Infinity);
        await increments.stop();
        await Promise.allSettled(abandoned);
        const { succeeded, unknownAt } = increments;
        // What was given up later may have been sent to the new master, which a busy machine keeps slow.
        const late = unknownAt.filter((at) => at > promotedAt).length;
        expect(unknownAt.length - late).toBeGreaterThan(0);
        const executed = await valueOf(redis, name);
        expect(executed).toBeGreaterThanOrEqual(succeeded);
        expect(executed).toBeLessThanOrEqual(succeeded + late);
        expect(await valueOf(redis, `${name}, bare`)).toBe(20);
      }
    },
  );

  it(
    'executes an INCR once whose reply is lost; the bare one twice',
    { timeout: 30_000 },
    async (test) => {
      const trio = await trioOf(test, { replicas: 0 });
      const master = await trio.master();
      for (const version of kinds) {
        const path = await proxy(test, master);
        const address = `127.0.0.1:${master.port}`;
        const nodeAddressMap = { [address]: { host: '127.0.0.1', port: path.port } };
        const options = optionsFor(trio, { nodeAddressMap });
        const bare = await bareOf(test, version.createSentinel(options));
        const redis = wrapped(test, version.createSentinel(options), PATIENT);
        await redis.connect();
        const lose = async (client: { incr(key: string): Promise<unknown> }, key: string) => {
          path.swallowReplies();
          const failing: Promise<unknown> = client.incr(key).catch((error: unknown) => error);
          await expect.poll(() => master.command('GET', key)).toBe('$1\r\n1\r\n');
          // In this order: the reply may not have reached the proxy yet.
          path.reset();
          path.restoreReplies();
          const outcome = await failing;
          await expect.poll(() => redis.ping().catch(() => undefined), WITHIN).toBe('PONG');
          return { outcome, executions: Number(await redis.get(key)) };
        };
        expect(await lose(redis, `${version.name}, wrapped`)).toMatchObject({
          outcome: { execution: 'unknown', attempts: 1 },
          executions: 1,
        });
        expect(await lose(bare, `${version.name}, bare`)).toMatchObject({ executions: 2 });
      }
    },
  );

  it('follows a planned failover, and tells where it leads', { timeout: 40_000 }, async (test) => {
    const trio = await trioOf(test);
    const redis = wrapped(test, sentinel6.createSentinel(optionsFor(trio)), PATIENT);
    const changes: unknown[] = [];
    redis.on('topology-change', (change) => changes.push(change));
    await redis.connect();
    const master = await trio.master();
    expect(redis['getMasterNode']()).toEqual({ host: '127.0.0.1', port: master.port });
    expect(trio.rootNodes).toContainEqual(redis['getSentinelNode']());
    expect(redis['getReplicaNodes']().size).toBe(2);
    const promoted = await trio.failover();
    await expect
      .poll(() => redis['getMasterNode'](), { timeout: 10_000 })
      .toMatchObject({ port: promoted.port });
    expect(await redis.set('k', 'v')).toBe('OK');
    expect(await promoted.command('GET', 'k')).toMatch('v');
    expect(changes).toEqual(
      [master, promoted].map(({ port }) => ({
        type: 'MASTER_CHANGE',
        node: { host: '127.0.0.1', port },
      })),
    );
  });

  it('counts a blocking command once, while it is under way', { timeout: 30_000 }, async (test) => {
    const trio = await trioOf(test, { replicas: 0 });
    const master = await trio.master();
    for (const version of kinds) {
      const redis = wrapped(test, version.createSentinel(optionsFor(trio)), PATIENT);
      await redis.connect();
      const blocked = ['a', 'b'].map((key) => redis['blPop'](`${version.name} ${key}`, 0));
      await expect.poll(() => redis.resilience.stats().inFlight).toBe(2);
      for (const [index, key] of ['a', 'b'].entries()) {
        await master.command('RPUSH', `${version.name} ${key}`, key);
        await expect(blocked[index]).resolves.toMatchObject({ element: key });
        expect(redis.resilience.stats().inFlight).toBe(1 - index);
      }
    }
  });

  it('does what the sentinel does, and leases clients', { timeout: 30_000 }, async (test) => {
    const trio = await trioOf(test, { replicas: 1, password: 'right' });
    const given = { nodeClientOptions: { password: 'right' } };
    const redis = wrapped(test, sentinel6.createSentinel(optionsFor(trio, given)), PATIENT);
    await redis.connect();
    await redis.set('k', 'v');
    expect(await redis.sendCommand(true as never, ['GET', 'k'] as never)).toBe('v');
    expect(await redis.multi().incr('n').get('k').exec()).toEqual([1, 'v']);
    expect(await redis['withTypeMapping']({ 36: Buffer }).get('k')).toEqual(Buffer.from('v'));
    expect(await redis['blPop']('none', 0.1)).toBeNull();
    const pages: string[][] = [];
    for await (const keys of redis['scanIterator']()) pages.push(keys as string[]);
    expect(pages.flat().sort()).toEqual(['k', 'n']);
    const conflicting = redis['use'](async (leased: AnyClient) => {
      await leased['watch']('k');
      await redis.set('k', 'changed by another');
      return leased.multi().set('k', 'w').exec() as Promise<unknown>;
    });
    await expect(conflicting).rejects.toMatchObject({ kind: 'conflict' });
    const leased = await redis['acquire']();
    expect(await leased.get('k')).toBe('changed by another');
    leased.release();
    await expect(leased.get('k')).rejects.toMatchObject({ kind: 'closed' });
    const other = redis.duplicate();
    await other.connect();
    expect(await other.get('k')).toBe('changed by another');
    await (other as unknown as Resilient<AnyClient>).resilience.shutdown();
  });

  it('that is mistaken does not lead to a replica', { timeout: 30_000 }, async (test) => {
    const trio = await trioOf(test, { replicas: 1 });
    const [master, replica] = trio.servers;
    let asked = 0;
    // For the first two times, as a sentinel does that has not heard of a failover.
    const nodeAddressMap = (address: string) =>
      address.endsWith(`:${master?.port}`) && asked++ < 2
        ? { host: '127.0.0.1', port: replica?.port }
        : undefined;
    const redis = wrapped(
      test,
      sentinel6.createSentinel(optionsFor(trio, { nodeAddressMap })),
      PATIENT,
    );
    const failures: unknown[] = [];
    redis.resilience.on('connection.failed', ({ failure }) => failures.push(failure.message));
    await redis.connect();
    expect(await redis.set('k', 'v')).toBe('OK');
    expect(failures).toEqual(
      Array(2).fill(expect.stringMatching(/lead to a slave, not to the master/)),
    );
  });

  it('says within connectMs whom it asked in vain', { timeout: 30_000 }, async (test) => {
    const trio = await trioOf(test, { replicas: 0 });
    const refused = { host: '127.0.0.1', port: await freePort() };
    const password = 'canary-secret';
    for (const version of kinds) {
      for (const [name, sentinelRootNodes, said] of [
        ['nobody', trio.rootNodes.slice(0, 1), /nobody.*knows no master|No such master/],
        [trio.name, [refused], new RegExp(`127.0.0.1:${refused.port}`)],
      ] as const) {
        const given = { name, sentinelRootNodes, nodeClientOptions: { password } };
        const redis = wrapped(test, version.createSentinel(given));
        const startedAt = performance.now();
        const error: unknown = await redis.connect().catch((reason: unknown) => reason);
        expect(performance.now() - startedAt).toBeLessThan(1_300);
        expect(error).toMatchObject({ kind: 'transport', execution: 'not-sent' });
        expect(String(error)).toMatch(said);
        expect(JSON.stringify(error) + String(error)).not.toContain(password);
        await redis.resilience.shutdown({ drainMs: 0 });
      }
    }
  });
});
