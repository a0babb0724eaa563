import { expect } from 'vitest';
import type { Resilient } from 'redis-resilience';
import type { AnyClient } from '../support/clients.ts';
import { slotOf } from '../support/redis-cluster.ts';
import type { Kind, Servers } from './kinds.ts';

interface Scene extends Pick<Kind, 'kept' | 'openAlready'>, Pick<Servers, 'servers' | 'seeds'> {
  /** Connected, and connected again when a behaviour is over. */
  readonly redis: Resilient<AnyClient>;
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
  ...each('connect', async ({ redis, openAlready, name }) => {
    const again = expect(redis[name]());
    await (openAlready === undefined
      ? again.resolves.toBe(redis)
      : again.rejects.toThrow(new Error(openAlready)));
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
    // To a channel of its own: what nodes pass on to each other may come late.
    each(pair, async ({ redis, servers, name: channel }) => {
      const [subscribe = '', unsubscribe = ''] = pair.split(' ');
      const command = /^s{2}/i.test(subscribe) ? 'SPUBLISH' : 'PUBLISH';
      /** The replies of those servers that may publish to the channel; each counts who listens at it. */
      const publish = async () => {
        const asked = servers.map((server) => server.command(command, channel, 'hello'));
        const replies = (await Promise.all(asked)).filter((reply) => reply.startsWith(':'));
        return replies.map((reply) => Number.parseInt(reply.slice(1), 10));
      };
      const heard: string[] = [];
      await redis[subscribe](channel, (message: string) => heard.push(message));
      const listening = await publish();
      expect(listening.filter((count) => count > 0)).toEqual([1]);
      await expect.poll(() => heard).toEqual(listening.map(() => 'hello'));
      await redis[unsubscribe](channel);
      expect((await publish()).filter((count) => count > 0)).toEqual([]);
    }),
  ),
  ...each(
    'getPubSubListeners extendPubSubListeners extendPubSubChannelListeners',
    async ({ redis, servers: [control] }) => {
      const heard: string[] = [];
      await redis.subscribe('a', (message) => heard.push(`string ${message}`));
      const listeners = redis['getPubSubListeners']('CHANNELS');
      await redis['extendPubSubListeners']('CHANNELS', new Map([['b', listeners.get('a')]]));
      await redis['extendPubSubChannelListeners']('CHANNELS', 'c', listeners.get('a'));
      for (const channel of ['a', 'b', 'c']) await control?.command('PUBLISH', channel, channel);
      await expect.poll(() => heard).toEqual(['string a', 'string b', 'string c']);
      await redis.unsubscribe();
    },
  ),
  ...each('monitor MONITOR', async ({ redis, servers: [control], name }) => {
    const lines: string[] = [];
    await redis[name]((line: unknown) => lines.push(String(line)));
    await control?.command('GET', 'watched');
    await expect.poll(() => lines.join()).toContain('"GET" "watched"');
    await redis['reset']();
  }),

  ...each('slots', ({ redis, name }) => {
    expect(redis[name]).toHaveLength(16_384);
    expect(redis[name][slotOf('a')].master).toBe(redis['getSlotMaster'](slotOf('a')));
  }),
  ...each('shards masters', ({ redis, name }) => {
    expect(redis[name]).toHaveLength(3);
  }),
  ...each('getMasters', ({ redis, name }) => {
    expect(redis[name]()).toHaveLength(3);
  }),
  // Nobody asked for them.
  ...each('replicas', ({ redis, name }) => {
    expect(redis[name]).toEqual([]);
  }),
  ...each('nodeByAddress', ({ redis, servers, name }) => {
    expect([...redis[name].keys()].sort()).toEqual(addressesOf(servers.slice(0, 3)));
  }),
  ...each('getSlotMaster', async ({ redis, servers, name }) => {
    const { port } = redis[name](slotOf('a'));
    const master = servers.find((server) => server.port === port);
    expect(await master?.command('SET', 'a', 'here')).toBe('+OK\r\n');
  }),
  ...each('getRandomNode', ({ redis, servers, name }) => {
    expect(addressesOf(servers)).toContain(redis[name]().address);
  }),
  ...each('getSlotRandomNode', ({ redis, name }) => {
    const { master, replicas = [] } = redis['slots'][slotOf('a')];
    expect([master, ...replicas]).toContain(redis[name](slotOf('a')));
  }),
  ...each('nodeClient', async ({ redis, name }) => {
    await expectGuarded(redis[name](redis['getSlotMaster'](slotOf('a'))));
  }),
  ...each('getNodeClientForKey', async ({ redis, name }) => {
    await expectGuarded(redis[name]('a', false));
  }),
  ...each('getMasterNode', ({ redis, servers: [master], name }) => {
    expect(redis[name]()).toEqual({ host: '127.0.0.1', port: master?.port });
  }),
  ...each('getSentinelNode', ({ redis, seeds, name }) => {
    expect(seeds.map(({ port }) => port)).toContain(redis[name]().port);
  }),
  // Redis 5 tells of those that it is connected to, which nobody asked for.
  ...each('getReplicaNodes', async ({ redis, servers: [master], kept, name }) => {
    const told = [...redis[name]().keys()].map(({ port }) => String(port));
    const [, port] = (await master?.info('replication'))?.['slave0']?.match(/port=(\d+)/) ?? [];
    expect(told).toEqual(kept ? [] : [port]);
  }),
  // Messages have connections of their own, which no node shows.
  ...each('pubSubNode', async ({ redis, name }) => {
    await redis.subscribe('news', noop);
    expect(redis[name]).toBeUndefined();
    await redis.unsubscribe();
  }),
]);

/** Whether it is a client of the node that has the key `a`, which refuses while it is isolated. */
async function expectGuarded(given: Promise<Resilient<AnyClient>>): Promise<void> {
  const client = await given;
  await expect(client.set('a', 'through the node')).resolves.toBe('OK');
  client.resilience.isolate();
  await expect(client.get('a')).rejects.toMatchObject({ kind: 'circuit-open' });
  client.resilience.restore();
}

const addressesOf = (nodes: readonly { readonly port: number }[]): string[] =>
  nodes.map(({ port }) => `127.0.0.1:${port}`).sort();

async function reconnected(redis: Resilient<AnyClient>, end: () => unknown): Promise<void> {
  await end();
  expect(stateOf(redis)).toEqual({ isOpen: false, isReady: false });
  await redis.connect();
  expect(stateOf(redis)).toEqual({ isOpen: true, isReady: true });
}

/** Clusters of redis 4 and 5 do not tell whether they are ready. */
function stateOf(redis: { readonly isOpen: boolean; readonly isReady?: boolean }) {
  const { isOpen, isReady = isOpen } = redis;
  return { isOpen, isReady };
}
