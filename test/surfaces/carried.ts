import { expect } from 'vitest';
import type { Resilient } from 'redis-resilience';
import type { AnyClient } from '../support/clients.ts';
import type { RedisServer } from '../support/redis-server.ts';

interface Scene {
  /** Connected, and connected again when a behaviour is over. */
  readonly redis: Resilient<AnyClient>;
  readonly control: RedisServer;
  readonly name: string;
}

type Behaviour = (scene: Scene) => unknown;

const noop = (): void => undefined;

const each = (names: string, behaviour: Behaviour): [string, Behaviour][] =>
  names.split(' ').map((name) => [name, behaviour]);

/** What each member does that the wrapper carries: one behaviour of each, on a real server. */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = Object.fromEntries<Behaviour>([
  ...each('isOpen isReady', ({ redis, name }) => {
    expect(redis[name]).toBe(true);
  }),
  ...each('socketEpoch', async ({ redis, name }) => {
    const before: number = redis[name];
    await reconnected(redis, () => redis['disconnect']());
    expect(redis[name]).toBeGreaterThan(before);
  }),
  ...each('isWatching', async ({ redis, name }) => {
    expect(redis[name]).toBe(false);
    await redis['watch']('k');
    expect(redis[name]).toBe(true);
    await redis['unwatch']();
  }),
  ...each('isDirtyWatch setDirtyWatch', async ({ redis }) => {
    expect(redis['isDirtyWatch']).toBe(false);
    redis['setDirtyWatch']('dirty');
    expect(redis['isDirtyWatch']).toBe(true);
    await expect(redis.multi().get('k').exec()).rejects.toMatchObject({ kind: 'conflict' });
  }),
  ...each('connect', async ({ redis, name }) => {
    await expect(redis[name]()).rejects.toThrow('Socket already opened');
  }),
  ...each('quit QUIT disconnect close destroy', async ({ redis, name }) => {
    await reconnected(redis, () => redis[name]());
  }),
  ...each('ref unref', ({ redis, name }) => {
    redis[name]();
    redis['ref']();
  }),

  ...each(
    'on once off addListener removeListener prependListener prependOnceListener',
    ({ redis, name }) => {
      expect(redis[name]('custom', noop)).toBe(redis);
    },
  ),
  ...each('removeAllListeners', ({ redis, name }) => {
    expect(redis[name]('custom')).toBe(redis);
  }),
  ...each('setMaxListeners', ({ redis, name }) => {
    expect(redis[name](20)).toBe(redis);
    expect(redis['getMaxListeners']()).toBe(20);
  }),
  ...each('emit', ({ redis, name }) => {
    expect(redis[name]('nobody listens')).toBe(false);
  }),
  ...each('getMaxListeners', ({ redis, name }) => {
    expect(redis[name]()).toBeGreaterThan(0);
  }),
  ...each('listeners rawListeners', ({ redis, name }) => {
    expect(redis.on('heard', noop)[name]('heard')).toEqual([noop]);
    redis.off('heard', noop);
  }),
  ...each('listenerCount', ({ redis, name }) => {
    expect(redis.on('counted', noop)[name]('counted')).toBe(1);
  }),
  ...each('eventNames', ({ redis, name }) => {
    expect(redis.on('named', noop)[name]()).toContain('named');
  }),

  ...each('isPubSubActive', async ({ redis, name }) => {
    expect(redis[name]).toBe(false);
    await redis.subscribe('news', noop);
    expect(redis[name]).toBe(true);
    await redis.unsubscribe();
  }),
  ...[
    ...['subscribe unsubscribe', 'pSubscribe pUnsubscribe', 'sSubscribe sUnsubscribe'],
    ...['SUBSCRIBE UNSUBSCRIBE', 'PSUBSCRIBE PUNSUBSCRIBE', 'SSUBSCRIBE SUNSUBSCRIBE'],
  ].flatMap((pair) =>
    each(pair, async ({ redis, control }) => {
      const [subscribe = '', unsubscribe = ''] = pair.split(' ');
      const heard: string[] = [];
      const publish = () =>
        control.command(/^s{2}/i.test(subscribe) ? 'SPUBLISH' : 'PUBLISH', 'news', 'hello');
      await redis[subscribe]('news', (message: string) => heard.push(message));
      expect(await publish()).toBe(':1\r\n');
      await expect.poll(() => heard).toEqual(['hello']);
      await redis[unsubscribe]('news');
      expect(await publish()).toBe(':0\r\n');
    }),
  ),
  ...each(
    'getPubSubListeners extendPubSubListeners extendPubSubChannelListeners',
    async ({ redis, control }) => {
      const heard: string[] = [];
      await redis.subscribe('a', (message) => heard.push(`string ${message}`));
      const listeners = redis['getPubSubListeners']('CHANNELS');
      await redis['extendPubSubListeners']('CHANNELS', new Map([['b', listeners.get('a')]]));
      await redis['extendPubSubChannelListeners']('CHANNELS', 'c', listeners.get('a'));
      for (const channel of ['a', 'b', 'c']) await control.command('PUBLISH', channel, channel);
      await expect.poll(() => heard).toEqual(['string a', 'string b', 'string c']);
      await redis.unsubscribe();
    },
  ),
  ...each('monitor MONITOR', async ({ redis, control, name }) => {
    const lines: string[] = [];
    await redis[name]((line: unknown) => lines.push(String(line)));
    await control.command('GET', 'watched');
    await expect.poll(() => lines.join()).toContain('"GET" "watched"');
    await redis['reset']();
  }),
]);

async function reconnected(redis: Resilient<AnyClient>, end: () => unknown): Promise<void> {
  await end();
  expect([redis.isOpen, redis.isReady]).toEqual([false, false]);
  await redis.connect();
  expect([redis.isOpen, redis.isReady]).toEqual([true, true]);
}
