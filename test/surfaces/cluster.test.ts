import { beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { resilient, type Resilient } from 'redis-resilience';
import { BRISK } from '../integration/wrapped.ts';
import { clusterMajors, type AnyCluster } from '../support/clusters.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { definitions, LIBRARY } from './definitions.ts';

/** Three keys, one of each shard. */
const KEYS = ['a', 'b', 'c'];

let servers: RedisCluster;
beforeAll(async () => {
  servers = await RedisCluster.start({ replicasPerMaster: 0 });
  return () => servers.stop();
});
beforeEach(async () => {
  for (const master of servers.masters) await master.must('FLUSHALL');
});

describe.each(clusterMajors)('what a cluster of $name sends', (version) => {
  const connected = async ({ onTestFinished }: TestContext) => {
    const cluster = version.createCluster({
      rootNodes: servers.rootNodes,
      ...definitions(version),
    }) as AnyCluster;
    const redis = resilient(cluster, {
      ...BRISK,
      connection: { ...BRISK.connection, connectMs: 5_000 },
    });
    onTestFinished(() => redis.resilience.shutdown({ drainMs: 0 }));
    await redis.connect();
    await Promise.all(KEYS.map((key) => redis.get(key)));
    return redis;
  };

  /** How many calls each circuit has seen so far; the first is of what no shard answers alone. */
  const seen = (redis: Resilient<AnyCluster>) =>
    Object.fromEntries(
      redis.resilience
        .stats()
        .circuits.map(({ address = 'common', successes, failures }) => [
          address,
          successes + failures,
        ]),
    );

  /** The shards whose circuits learned of what ran. */
  const learned = async (redis: Resilient<AnyCluster>, run: () => Promise<unknown>) => {
    const before = seen(redis);
    await run();
    return Object.entries(seen(redis)).flatMap(([address, calls]) =>
      calls > (before[address] ?? 0) ? [address] : [],
    );
  };

  const addressOf = async (key: string) => `127.0.0.1:${(await servers.masterOf(key)).port}`;

  it('counts to the shard of its key, in whatever form it is given', async (test) => {
    const redis = await connected(test);
    for (const master of servers.masters)
      await master.command('FUNCTION', 'LOAD', 'REPLACE', LIBRARY);
    const forms: Record<string, (key: string) => Promise<unknown>> = {
      method: (key) => redis.set(key, '1'),
      sendCommand: (key) => redis.sendCommand(key, false, ['INCR', key]),
      multi: (key) => redis.multi().incr(key).exec(),
      'multi(routing)': (key) => redis.multi(key).publish('news', 'hello').exec(),
      pipeline: (key) => redis.multi().incr(key).execAsPipeline(),
      script: (key) => redis['bump'](key, '1'),
      function: (key) => redis['lib'].add(key, '1'),
      module: (key) => redis['mine'].getRange(key, '0', '-1'),
      'several keys of one slot': (key) => redis['del']([key, `{${key}}2`]),
      ...(version.major > 4 && {
        withTypeMapping: (key: string) => redis['withTypeMapping']({}).incr(key),
        withCommandOptions: (key: string) => redis['withCommandOptions']({}).incr(key),
      }),
    };
    for (const key of KEYS) {
      for (const [form, send] of Object.entries(forms)) {
        const { attempts } = redis.resilience.stats();
        expect(await learned(redis, () => send(key)), form).toEqual([await addressOf(key)]);
        expect(redis.resilience.stats().attempts - attempts, form).toBe(1);
      }
    }
  });

  it('is named in errors by its command, whichever way it went', async (test) => {
    const redis = await connected(test);
    await redis['lPush']('a', 'v');
    const failures: Record<string, () => Promise<unknown>> = {
      INCR: () => redis.sendCommand('a', false, ['INCR', 'a']),
      EVALSHA: () => redis['bump']('a', '1'),
      'JSON.GET': () => redis['json'].get('a'),
      GETRANGE: () => redis['mine'].getRange('a', '0', '1'),
      APPEND: () => redis['append']('a', 'v'),
    };
    for (const [command, fail] of Object.entries(failures)) {
      const expected = command === 'EVALSHA' ? /^EVAL/ : new RegExp(`^${command}$`);
      await expect(fail(), command).rejects.toMatchObject({
        kind: 'command',
        command: expect.stringMatching(expected) as string,
        attempts: 1,
      });
    }
  });

  it('counts to no shard where several have to answer, or any can', async (test) => {
    const redis = await connected(test);
    expect(await learned(redis, () => redis.sendCommand(undefined, true, ['PING']))).toEqual([
      'common',
    ]);
    expect(await learned(redis, () => redis.publish('news', 'hello'))).toEqual(['common']);
    if (version.major < 6) return;
    // The client splits it, or sends it to all.
    expect(await learned(redis, () => redis['mGet'](KEYS))).toEqual(['common']);
    expect(await learned(redis, () => redis['dbSize']())).toEqual(['common']);
    const raw = () => redis.sendCommand('a', true, ['EXISTS', ...KEYS]);
    expect(await learned(redis, raw)).toEqual(['common']);
  });
});
