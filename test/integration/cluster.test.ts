import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError, resilient, type ResilienceOptions, type Resilient } from 'redis-resilience';
import { openTelemetry } from 'redis-resilience/opentelemetry';
import { clusterMajors, type AnyCluster, type ClusterVersion } from '../support/clusters.ts';
import { measuring } from '../support/metrics.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { BRISK, server, type Cleanup } from './wrapped.ts';

/** As elsewhere, with time for a busy machine to connect three nodes. */
const OPTIONS: ResilienceOptions = {
  ...BRISK,
  connection: { ...BRISK.connection, connectMs: 5_000 },
};

let servers: RedisCluster;
beforeAll(async () => {
  servers = await RedisCluster.start();
}, 60_000);
afterAll(() => servers.stop());

async function connected(
  { onTestFinished }: Cleanup,
  { createCluster }: ClusterVersion,
  options: ResilienceOptions = OPTIONS,
  clusterOptions: object = {},
): Promise<Resilient<AnyCluster>> {
  const cluster = createCluster({ rootNodes: servers.rootNodes, ...clusterOptions });
  const redis = resilient(cluster, { logger: false, ...options });
  onTestFinished(() => redis.resilience.shutdown({ drainMs: 0 }));
  await redis.connect();
  return redis;
}

describe.each(clusterMajors)('a cluster of $name', (version) => {
  const prefix = version.name.replace(/\W/g, '');

  it('answers commands of every shard, in both spellings and through sendCommand', async (test) => {
    const redis = await connected(test, version);
    const keys = Array.from({ length: 30 }, (_, index) => `${prefix}:${index}`);
    await Promise.all(keys.map((key) => redis.set(key, key)));
    await expect(Promise.all(keys.map((key) => redis.get(key)))).resolves.toEqual(keys);
    await expect(redis['GET'](keys[0])).resolves.toBe(keys[0]);
    await expect(redis.sendCommand(keys[0], true, ['GET', keys[0]!])).resolves.toBe(keys[0]);
    const circuits = redis.resilience.stats().circuits;
    expect(circuits.flatMap(({ address = [] }) => address).sort()).toEqual(
      servers.masters.map(({ port }) => `127.0.0.1:${port}`).sort(),
    );
    expect(redis.resilience.state).toBe('closed');
  });

  it('gives replies of the server as they are, with their kind on them', async (test) => {
    const redis = await connected(test, version);
    await redis.set(`${prefix}:text`, 'v');
    const error: unknown = await redis['lPush'](`${prefix}:text`, 'v').catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ kind: 'command', execution: 'not-executed', command: 'LPUSH' });
  });

  it('is measured by shard, and traced by call', async (test) => {
    const { meter, collect } = measuring();
    const exporter = new InMemorySpanExporter();
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    const tracer = new NodeTracerProvider({ spanProcessors }).getTracer('test');
    const telemetry = openTelemetry({ meter, tracer });
    const redis = await connected(test, version, { ...OPTIONS, name: 'shop', telemetry });
    const keys = Array.from({ length: 30 }, (_, index) => `${prefix}:none:${index}`);
    await Promise.all(keys.map((key) => redis.get(key)));

    const series = await collect();
    // One is of what belongs to no shard.
    const circuits = [
      'redis.client.name=shop',
      ...servers.masters.map(
        ({ port }) => `redis.client.name=shop,server.address=127.0.0.1,server.port=${port}`,
      ),
    ];
    const states = [...series].filter(([name]) => name.includes('.circuit.state{'));
    expect(states.sort()).toEqual(
      circuits.map((labels) => [`redis.resilience.circuit.state{${labels}}`, 0]).sort(),
    );
    const counted = 'redis.resilience.calls{db.operation.name=GET,redis.client.name=shop}';
    expect(series.get(counted)).toBe(30);
    const names = exporter.getFinishedSpans().map(({ name }) => name);
    expect(names).toEqual(keys.map(() => 'redis-resilience GET'));
  });

  it('runs a transaction as one call, where its key or the given one leads', async (test) => {
    const redis = await connected(test, version);
    const before = redis.resilience.stats().attempts;
    const key = `{${prefix}:m}`;
    await expect(redis.multi().set(key, '1').incr(key).exec()).resolves.toEqual(['OK', 2]);
    await expect(redis.multi(key).get(key).exec()).resolves.toEqual(['2']);
    expect(redis.resilience.stats().attempts - before).toBe(2);
  });

  it('receives messages of every kind, also after its connections are cut', async (test) => {
    const redis = await connected(test, version);
    const messages: string[] = [];
    await redis.subscribe(`${prefix}:news`, (message: string) => messages.push(message));
    await redis['pSubscribe'](`${prefix}:p*`, (message: string) => messages.push(message));
    await redis['sSubscribe'](`${prefix}:shard`, (message: string) => messages.push(message));
    const publish = async (message: string) => {
      await redis.publish(`${prefix}:news`, message);
      await redis.publish(`${prefix}:pattern`, `p-${message}`);
      await redis['sPublish'](`${prefix}:shard`, `s-${message}`);
    };
    await publish('before');
    await expect.poll(() => [...messages].sort()).toEqual(['before', 'p-before', 's-before']);
    messages.length = 0;
    await Promise.all(
      servers.nodes.map((node) => node.command('CLIENT', 'KILL', 'TYPE', 'pubsub')),
    );
    const heard = async (channel: string, kind = 'NUMSUB') => {
      const counts = await Promise.all(
        servers.nodes.map((node) => node.command('PUBSUB', kind, channel)),
      );
      return counts.some((count) => /\b1\b/.test(count.replace(channel, '')));
    };
    await expect.poll(() => heard(`${prefix}:news`)).toBe(true);
    await expect.poll(() => heard(`${prefix}:shard`, 'SHARDNUMSUB')).toBe(true);
    await expect.poll(() => redis.isOpen && redis.resilience.state).toBe('closed');
    await publish('after');
    await expect.poll(() => [...messages].sort()).toEqual(['after', 'p-after', 's-after']);
    await redis.unsubscribe();
    await redis['sUnsubscribe'](`${prefix}:shard`);
  });

  it('lets nothing wait behind a blocking command', async (test) => {
    const redis = await connected(test, version);
    const key = `${prefix}:list`;
    const blocked = redis['blPop'](key, 0);
    await expect(redis.set(`{${key}}:k`, 'v')).resolves.toBe('OK');
    await redis['rPush'](key, 'first');
    await expect(blocked).resolves.toMatchObject({ element: 'first' });
  });

  it('shows its nodes and hands out guarded clients of them', async (test) => {
    const redis = await connected(test, version);
    expect('masters' in redis).toBe(true);
    expect(redis.masters).toHaveLength(3);
    const node = await redis.nodeClient(redis.masters[0]!);
    await expect(node.sendCommand(['PING'])).resolves.toBe('PONG');
    expect(node.resilience.stats().name).toMatch(/^redis:127\.0\.0\.1:\d+$/);
    await redis.resilience.shutdown();
    expect(node.isOpen).toBe(false);
  });

  it('follows a slot that moves, and the subscription in it', async (test) => {
    const redis = await connected(test, version);
    const key = `${prefix}:moving`;
    await redis.set(key, 'v');
    const messages: string[] = [];
    await redis['sSubscribe'](key, (message: string) => messages.push(message));
    const from = await servers.masterOf(key);
    const to = servers.masters.find((master) => master !== from)!;
    const slot = await import('cluster-key-slot').then(({ default: slotOf }) => slotOf(key));
    await servers.moveSlot(slot, to);
    await expect(redis.get(key)).resolves.toBe('v');
    await expect(redis.set(key, 'w')).resolves.toBe('OK');
    await expect
      .poll(async () => (await redis['sPublish'](key, 'moved')) && messages.length > 0, {
        timeout: 5_000,
      })
      .toBe(true);
    await servers.moveSlot(slot, from);
  });

  it('follows a slot that moves with the layers switched off too', async (test) => {
    const redis = await connected(test, version);
    const key = `${prefix}:off`;
    await redis.set(key, 'v');
    redis.resilience.mode = 'off';
    const from = await servers.masterOf(key);
    // Not there when the client connected: a replica that takes over.
    const promoted = await servers.failover(from);
    await expect.poll(() => redis.get(key).catch(String)).toBe('v');
    await servers.failover(promoted);
    await expect.poll(() => redis.get(key).catch(String)).toBe('v');
  });

  it('keeps a sharded subscription over a close, and can leave it afterwards', async (test) => {
    const redis = await connected(test, version);
    const channel = `${prefix}:kept`;
    const messages: string[] = [];
    await redis['sSubscribe'](channel, (message: string) => messages.push(message));
    await redis['disconnect']();
    await redis.connect();
    const publish = async () => {
      await redis['sPublish'](channel, 'hello');
      return messages.length;
    };
    await expect.poll(publish).toBeGreaterThan(0);
    await redis['sUnsubscribe'](channel);
    const heard = messages.length;
    await publish();
    await redis.set(`{${channel}}`, 'after the message');
    expect(messages).toHaveLength(heard);
  });

  it('takes no node that serves no slots for a cluster', async (test) => {
    const cluster = { nodeTimeoutMs: 1_000, requireFullCoverage: false };
    const { url } = await server(test, { cluster });
    const redis = resilient(version.createCluster({ rootNodes: [{ url }] }), BRISK);
    test.onTestFinished(() => redis.resilience.shutdown({ drainMs: 0 }));
    await expect(redis.connect()).rejects.toThrow('The node serves no slots');
  });

  it('fails early and says what was tried where no node can be reached', async (test) => {
    const rootNodes = [{ url: 'redis://user:canary-password@127.0.0.1:1' }];
    const cluster = version.createCluster({ rootNodes });
    const redis = resilient(cluster, { ...BRISK });
    test.onTestFinished(() => redis.resilience.shutdown({ drainMs: 0 }));
    const error: any = await redis.connect().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'transport', execution: 'not-sent' });
    expect(error.message).toContain('127.0.0.1:1');
    expect(error.message).not.toContain('canary');
    await expect(redis.get('k')).rejects.toMatchObject({ kind: /transport|timeout|circuit-open/ });
  });

  it('connects although a member is unreachable', async (test) => {
    const rootNodes = [{ url: 'redis://127.0.0.1:1' }, ...servers.rootNodes];
    const redis = await connected(test, version, OPTIONS, { rootNodes });
    await expect(redis.set(`${prefix}:k`, 'v')).resolves.toBe('OK');
  });
});
