import { describe, expect, it, type TestContext } from 'vitest';
import type { Resilient } from 'redis-resilience';
import { connected, proxy } from '../integration/wrapped.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { majors, type AnyClient } from '../support/clients.ts';
import { sharedServer } from './shared-server.ts';

type Method = (...args: unknown[]) => Promise<void>;

const control = sharedServer();

const KINDS = [
  { kind: 'a channel', names: ['subscribe', 'unsubscribe'], channel: 'news', publish: 'PUBLISH' },
  { kind: 'a pattern', names: ['pSubscribe', 'pUnsubscribe'], channel: 'n*', publish: 'PUBLISH' },
  {
    kind: 'a sharded channel',
    names: ['sSubscribe', 'sUnsubscribe'],
    channel: 'news',
    publish: 'SPUBLISH',
  },
] as const;

const publish = (message: string, channel = 'news', command = 'PUBLISH') =>
  control().command(command, channel, message);

describe.each(majors)('pub/sub of $name', (version) => {
  const subscriber = (test: TestContext, port = control().port) => connected(test, version, port);

  const methods = (redis: Resilient<AnyClient>, [subscribe, unsubscribe]: readonly string[]) => ({
    subscribe: redis[subscribe!] as Method,
    unsubscribe: redis[unsubscribe!] as Method,
  });

  it.for(KINDS)(
    'carries $kind over to each new connection, as strings and as buffers',
    async ({ names, channel, publish: command }, test) => {
      const redis = await subscriber(test);
      const { subscribe } = methods(redis, names);
      const heard: unknown[] = [];
      await subscribe(channel, (message: unknown, from: unknown) => heard.push([message, from]));
      await subscribe(channel, (message: unknown) => heard.push(message), true);
      for (const message of ['before', 'after']) {
        await publish(message, 'news', command);
        await expect
          .poll(() => heard.splice(0))
          .toEqual(expect.arrayContaining([[message, 'news'], Buffer.from(message)]));
        await control().command('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await expect.poll(() => publish('probe', 'news', command)).toBe(':1\r\n');
        await expect.poll(() => heard.splice(0)).toHaveLength(2);
      }
      expect(heard).toEqual([]);
    },
  );

  it.for(KINDS)(
    'ends $kind for one listener, for one channel and for all',
    async ({ names, publish: command }, test) => {
      const redis = await subscriber(test);
      const { subscribe, unsubscribe } = methods(redis, names);
      const heard: string[] = [];
      const first = () => heard.push('first');
      const second = () => heard.push('second');
      for (const listener of [first, second]) await subscribe(['a', 'b'], listener);
      const hears = async (channel: string, expected: string[]) => {
        await publish('message', channel, command);
        await expect.poll(() => heard.splice(0).sort()).toEqual(expected);
      };
      await hears('a', ['first', 'second']);
      await unsubscribe('a', first);
      await hears('a', ['second']);
      await unsubscribe('a');
      expect(await publish('nobody', 'a', command)).toBe(':0\r\n');
      await hears('b', ['first', 'second']);
      await unsubscribe();
      expect(await publish('nobody', 'b', command)).toBe(':0\r\n');
      expect(redis['isPubSubActive']).toBe(false);
    },
  );

  it.for(KINDS)('keeps no listener to $kind that left it', async ({ names }, test) => {
    const redis = await subscriber(test);
    const { subscribe, unsubscribe } = methods(redis, names);
    const come = async () => {
      const listener = () => undefined;
      await subscribe('news', listener);
      await unsubscribe('news', listener);
      return new WeakRef(listener);
    };
    const gone = [await come(), await come(), await come()];
    const kept = async () => {
      await collectGarbage();
      return gone.filter((listener) => listener.deref()).length;
    };
    await expect.poll(kept).toBe(0);
  });

  it.for(KINDS)(
    'refuses what cannot be $kind or listen to it, remembers nothing of it, and lives on',
    async ({ names, publish: command }, test) => {
      const redis = await subscriber(test);
      const { subscribe, unsubscribe } = methods(redis, names);
      const listener = () => undefined;
      const mistakes = [
        ...[undefined, null, 42, {}, ['news', 42]].map((channels) => [channels, listener]),
        ...[undefined, null, 'listener'].map((noListener) => ['news', noListener]),
      ];
      for (const mistake of mistakes) {
        await expect(subscribe(...mistake)).rejects.toMatchObject({
          ...{ kind: 'command', execution: 'not-sent', command: names[0].toUpperCase() },
          cause: expect.any(TypeError) as unknown,
        });
      }
      await expect(unsubscribe(42)).rejects.toMatchObject({ kind: 'command' });
      await expect(unsubscribe('news', 42)).rejects.toMatchObject({ kind: 'command' });
      const again = new Promise((resolve) => redis.once('ready', resolve));
      await control().command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await again;
      await expect(redis.set('k', 'v')).resolves.toBe('OK');
      expect(await publish('nobody', 'news', command)).toBe(':0\r\n');
      expect(redis['isPubSubActive']).toBe(false);
    },
  );

  it('keeps what was subscribed and unsubscribed while there was no connection', async (test) => {
    const path = await proxy(test, control());
    const redis = await subscriber(test, path.port);
    const heard: string[] = [];
    const listener = (message: string, channel: string) => heard.push(`${channel}: ${message}`);
    await redis.subscribe('early', listener);
    path.down({ reset: true });
    await expect.poll(() => redis.isReady).toBe(false);
    await redis.subscribe('late', listener);
    await redis.unsubscribe('early');
    await path.up();
    await expect.poll(() => publish('1', 'late'), { timeout: 3_000 }).toBe(':1\r\n');
    expect(await publish('1', 'early')).toBe(':0\r\n');
    await expect.poll(() => heard).toEqual(['late: 1']);
  });

  it('keeps what was subscribed and unsubscribed while a connection was being made', async (test) => {
    const path = await proxy(test, control());
    const redis = await subscriber(test, path.port);
    const heard: string[] = [];
    const listener = (message: string, channel: string) => heard.push(`${channel}: ${message}`);
    await redis.subscribe('early', listener);
    path.stall();
    path.reset();
    const { connects } = path;
    await expect.poll(() => path.connects).toBeGreaterThan(connects);
    await redis.subscribe('late', listener);
    await redis.unsubscribe('early');
    path.release();
    await expect.poll(() => publish('1', 'late'), { timeout: 3_000 }).toBe(':1\r\n');
    await expect.poll(() => publish('1', 'early')).toBe(':0\r\n');
    await expect.poll(() => heard).toEqual(['late: 1']);
  });

  it('goes on where a listener throws, and states it as an error', async (test) => {
    const redis = await subscriber(test);
    const heard: string[] = [];
    const errors: unknown[] = [];
    const lost: unknown[] = [];
    redis.on('error', (error) => errors.push(error));
    redis.resilience.on('connection.lost', (event) => lost.push(event));
    redis.resilience.on('listener.failed', ({ event }) => heard.push(event));
    const mistake = new TypeError('a mistake of the listener');
    await redis.subscribe('news', (text) => {
      if (text === 'bad') throw mistake;
      heard.push(text);
    });
    await Promise.all(['bad', 'good'].map((text) => publish(text)));
    await expect.poll(() => heard.toSorted()).toEqual(['good', 'message']);
    expect(errors).toEqual([mistake]);
    expect(lost).toEqual([]);
  });

  it('answers commands beside a subscription as the bare client does', async (test) => {
    const bare = version.createClient({ url: control().url });
    await bare.connect();
    test.onTestFinished(() => bare['disconnect']());
    const redis = await subscriber(test);
    const outcomes = await Promise.all(
      [bare, redis].map(async (client) => {
        await client.subscribe('news', () => undefined);
        const subscribed: unknown = await client.get('k').catch(String);
        await client.unsubscribe();
        return [subscribed, await client.get('k')] as unknown[];
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(redis.resilience.state).toBe('closed');
  });

  if (version.major >= 5) {
    it('monitors for functions only', async (test) => {
      const redis = await subscriber(test);
      const monitoring = expect(redis['monitor']('listener')).rejects;
      await monitoring.toMatchObject({
        kind: 'command',
        execution: 'not-sent',
        command: 'MONITOR',
      });
    });

    it('goes on monitoring on the next connection', async (test) => {
      const redis = await subscriber(test);
      const lines: string[] = [];
      await redis['monitor']((line: string) => lines.push(line));
      for (const key of ['before', 'after']) {
        await expect
          .poll(async () => {
            await control().command('GET', key);
            return lines.join('\n');
          })
          .toContain(`"GET" "${key}"`);
        await control().command('CLIENT', 'KILL', 'SKIPME', 'yes');
      }
    });
  } else {
    it('has no monitor', async (test) => {
      expect((await subscriber(test))['monitor']).toBeUndefined();
    });
  }
});
