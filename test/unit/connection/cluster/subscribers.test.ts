import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { pass } from '../supervised.ts';
import { ClusterSite, HALVES } from './cluster-stand-in.ts';
import { clustered, connectedCluster, type Clustered } from './clustered.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const [FIRST, SECOND] = HALVES;

/** What the clients on a port were asked of subscriptions, those on which calls go left out. */
const askedAt = ({ site }: Clustered, port: number) =>
  site
    .at(port)
    .flatMap(({ calls, subscribed }) => [
      ...[...subscribed].flatMap(([type, channels]) =>
        [...channels.keys()].map((channel) => `${type} ${channel}`),
      ),
      ...calls.filter((call) => call.startsWith('sSubscribe')),
    ]);

const subscribe = ({ connections }: Clustered, type: 'CHANNELS' | 'SHARDED', channel: string) => {
  const subscriber = connections.subscriber(type, channel);
  subscriber.subscriptions.add(type, channel, vi.fn());
  return subscriber;
};

describe('the messages of a cluster', () => {
  it('come over a connection of their own, which is made for the first subscription', async () => {
    const all = await connectedCluster();
    expect([all.site.at(7001).length, all.connections.isSubscribed]).toEqual([1, false]);
    const subscriber = subscribe(all, 'CHANNELS', 'news');
    expect([subscriber.current, subscriber.opening !== undefined]).toEqual([undefined, true]);
    await pass(5);
    expect(subscriber.current).toBeDefined();
    expect(subscriber.opening).toBeUndefined();
    expect(all.site.at(7001)).toHaveLength(2);
    expect(askedAt(all, 7001)).toEqual(['CHANNELS news']);
    expect(all.connections.isSubscribed).toBe(true);
    expect(all.connections.subscriber('CHANNELS', 'more')).toBe(subscriber);
    expect(all.connections.subscriber('PATTERNS')).toBe(subscriber);
    all.connections.close(CLOSED);
    expect(all.site.nodes.clients.some(({ isReady }) => isReady)).toBe(false);
  });

  it('that were subscribed to before there was a cluster come once there is', async () => {
    const all = clustered();
    subscribe(all, 'CHANNELS', 'news');
    subscribe(all, 'SHARDED', 'a');
    expect(all.connections.isSubscribed).toBe(true);
    all.connections.open();
    await pass(10);
    expect(askedAt(all, 7001)).toEqual(['CHANNELS news']);
    expect(askedAt(all, 7002)).toEqual(['SHARDED a']);
    all.connections.close(CLOSED);
  });

  it('of a sharded channel come from the shard that has its slot', async () => {
    const all = await connectedCluster();
    const [a, b] = [subscribe(all, 'SHARDED', 'a'), subscribe(all, 'SHARDED', 'b')];
    expect(a).not.toBe(b);
    expect(all.connections.subscriber('SHARDED', 'a')).toBe(a);
    await pass(5);
    expect([askedAt(all, 7001), askedAt(all, 7002)]).toEqual([['SHARDED b'], ['SHARDED a']]);
    all.connections.close(CLOSED);
  });

  it('are some where there is but one sharded channel', async () => {
    const all = await connectedCluster();
    subscribe(all, 'SHARDED', 'a');
    expect(all.connections.isSubscribed).toBe(true);
    all.connections.close(CLOSED);
  });

  it('of all sharded channels at once are those of no shard', async () => {
    const { connections } = await connectedCluster();
    expect(connections.subscriber('SHARDED')).toBe(connections.subscriber('CHANNELS'));
    connections.close(CLOSED);
  });

  it('come from nowhere while no node can be reached', async () => {
    const all = await connectedCluster();
    const { nodes } = all.site;
    nodes.connecting = () => Promise.reject(new Error('refused'));
    for (const port of [7001, 7002]) all.site.at(port)[0]!.lose();
    subscribe(all, 'CHANNELS', 'news');
    await pass(1);
    const told = all.events.flatMap((one) =>
      one.type === 'connection.failed' ? [one.failure.message] : [],
    );
    expect(told).toContainEqual(
      expect.stringContaining('No node of the cluster can be subscribed at'),
    );
    all.connections.close(CLOSED);
  });

  it('go on when a node is lost: another one is subscribed at', async () => {
    const all = await connectedCluster();
    subscribe(all, 'CHANNELS', 'news');
    await pass(5);
    const lost = all.site.at(7001);
    all.site.nodes.connecting = ({ options }) =>
      options.socket.port === 7001 ? Promise.reject(new Error('refused')) : Promise.resolve();
    for (const client of lost) client.lose();
    await pass(200);
    expect(askedAt(all, 7002)).toEqual(['CHANNELS news']);
    all.connections.close(CLOSED);
  });

  it('of a shard that was merged into another come from there', async () => {
    const all = await connectedCluster();
    const before = subscribe(all, 'SHARDED', 'a');
    before.subscriptions.add('SHARDED', 'a', vi.fn(), true);
    await pass(5);
    const [, client] = all.site.at(7002);
    all.site.masters = [{ ...FIRST, to: 16_383 }];
    all.site.lastRouter.learn();
    all.shardOf('a');
    await pass(5);
    const after = all.connections.subscriber('SHARDED', 'a');
    expect(after).not.toBe(before);
    const { strings, buffers } = after.subscriptions.of('SHARDED').get('a')!;
    expect([strings.size, buffers.size]).toEqual([1, 1]);
    expect(client!.isDestroyed).toBe(true);
    expect(askedAt(all, 7001)).toContain('SHARDED a');
    all.connections.close(CLOSED);
  });

  it('of a channel whose slot moves are asked for there, as soon as it has arrived', async () => {
    const all = await connectedCluster();
    const [a] = [subscribe(all, 'SHARDED', 'a'), subscribe(all, 'SHARDED', 'b')];
    await pass(5);
    all.site.at(7002)[1]!.emit('sharded-channel-moved', 'a');
    await pass(150);
    expect(a.subscriptions.isEmpty).toBe(false);
    all.site.masters = [
      { ...FIRST, to: 16_000 },
      { ...SECOND, from: 16_001 },
    ];
    await pass(300);
    expect(a.subscriptions.isEmpty).toBe(true);
    expect(askedAt(all, 7001)).toEqual(['SHARDED b', 'sSubscribe a']);
    all.connections.close(CLOSED);
    await pass(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of a channel that stays after all are not looked for elsewhere for ever', async () => {
    const all = await connectedCluster();
    subscribe(all, 'SHARDED', 'a');
    await pass(5);
    all.site.at(7002)[1]!.emit('sharded-channel-moved', 'a');
    await pass(6_000);
    const { length } = all.site.routers;
    expect(length).toBeGreaterThan(20);
    await pass(6_000);
    expect(all.site.routers).toHaveLength(length);
    all.connections.close(CLOSED);
  });

  it('are subscribed to again after the cluster was closed and opened', async () => {
    const all = await connectedCluster();
    subscribe(all, 'CHANNELS', 'news');
    subscribe(all, 'SHARDED', 'a');
    await pass(5);
    all.connections.close(CLOSED);
    expect(all.connections.isSubscribed).toBe(true);
    all.connections.open();
    await pass(10);
    expect([askedAt(all, 7001), askedAt(all, 7002)]).toEqual([['CHANNELS news'], ['SHARDED a']]);
    all.connections.close(CLOSED);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('end without a word about the client when their connection does', async () => {
    const all = await connectedCluster();
    subscribe(all, 'CHANNELS', 'news');
    await pass(5);
    all.connections.close(CLOSED);
    expect(all.types().filter((type) => type === 'client.closed')).toHaveLength(1);
  });
});

describe('where the nodes of a cluster are', () => {
  it('is what the map of addresses says, for calls and messages', async () => {
    const site = new ClusterSite();
    const nodeAddressMap = { '127.0.0.1:7001': { host: 'proxy', port: 1 } };
    const all = await connectedCluster(site, { nodeAddressMap });
    expect(site.nodes.clients.some(({ options }) => options.socket.host === 'proxy')).toBe(true);
    expect(site.at(7001)).toEqual([]);
    const template = all.connections.nodeTemplate!('127.0.0.1:7001');
    expect(template?.options?.socket).toMatchObject({ host: 'proxy', port: 1 });
    expect(all.connections.nodeTemplate!('127.0.0.1:9')).toBeUndefined();
    all.connections.close(CLOSED);
  });

  it('may be told by a function, and is the address of the cluster itself where it is not', async () => {
    const site = new ClusterSite();
    const nodeAddressMap = (address: string) =>
      address.endsWith('7002') ? { host: 'proxy', port: 2 } : undefined;
    const all = await connectedCluster(site, { nodeAddressMap });
    expect([site.at(7001).length, site.at(7002).length, site.at(2).length]).toEqual([1, 0, 1]);
    all.connections.close(CLOSED);
  });

  it('is also where a client of one node goes, read-only where it is a replica', async () => {
    const site = new ClusterSite([{ ...FIRST, to: 16_383, replicas: [7003] }]);
    const all = await connectedCluster(site);
    const of = (port: number) => all.connections.nodeTemplate!(`127.0.0.1:${port}`)!.options!;
    expect(of(7003)).toMatchObject({ readonly: true, socket: { port: 7003 }, url: undefined });
    expect(of(7001)).not.toHaveProperty('readonly');
    // Replicas that are not read from are not connected to.
    expect(site.at(7003)).toEqual([]);
    all.connections.close(CLOSED);
  });
});

describe('a router', () => {
  it('is made from one root, with credentials in place of its URL', async () => {
    const site = new ClusterSite();
    const { connections } = await connectedCluster(
      site,
      {
        rootNodes: [{ url: 'rediss://old:secret@root', name: 'x' }],
        defaults: { socket: { tls: true } },
      },
      { credentials: () => ({ username: 'app', password: 'new' }) },
    );
    const { rootNodes, defaults, minimizeConnections } = site.routers[0]!._options;
    expect(rootNodes).toMatchObject([
      { name: 'x', password: 'new', socket: { host: 'root', port: 6379, tls: true } },
    ]);
    expect(rootNodes[0]).not.toHaveProperty('url');
    expect(defaults).toMatchObject({
      username: 'app',
      socket: { tls: true, connectTimeout: 300, reconnectStrategy: false },
    });
    expect(minimizeConnections).toBe(true);
    expect(connections.line.canRenewCredentials).toBe(true);
    connections.close(CLOSED);
  });

  it('holds connections that it cannot end', async () => {
    const { site, connections } = await connectedCluster();
    const [node] = site.lastRouter.masters;
    const [client] = site.at(7001);
    const handle = node!.client!;
    expect(node!.client).toBe(handle);
    handle.destroy();
    await (handle as any).disconnect?.();
    expect(client!.isDestroyed).toBe(false);
    expect(handle.isReady).toBe(true);
    expect(handle.options.socket).toMatchObject({ port: 7001, signal: undefined });
    expect(Reflect.get(handle, 'sendCommand')).toBe(Reflect.get(handle, 'sendCommand'));
    // Nor can it lose them: it just asks for them again.
    Object.assign(node!, { client: undefined });
    expect(node!.client).toBe(handle);
    connections.close(CLOSED);
    expect(node!.client?.isReady).toBe(false);
  });

  it.each([{ title: 'tells no slots', masters: [], message: 'The node serves no slots' }])(
    'is none where the root $title',
    async ({ masters, message }) => {
      const site = new ClusterSite(masters);
      const { connections, heard } = await connectedCluster(site);
      expect(heard[1]).toContain(message);
      expect(site.lastRouter.isDestroyed).toBe(true);
      connections.close(CLOSED);
    },
  );

  it('is not waited for longer than a connection', async () => {
    const site = new ClusterSite();
    site.discovering = () => new Promise(() => undefined);
    const { connections, heard } = await connectedCluster(site);
    await pass(300);
    expect(heard[1]).toContain('The cluster did not tell its slots within 300 ms');
    connections.close(CLOSED);
  });

  it('is of use only where one of its nodes can be connected', async () => {
    const site = new ClusterSite();
    site.nodes.connecting = () => Promise.reject(new Error('Connection timeout'));
    const { connections, heard, types } = await connectedCluster(site);
    expect([types(), connections.line.available]).toEqual([['connection.failed'], undefined]);
    expect(heard[1]).toContain('Connection timeout');
    expect(site.lastRouter.isDestroyed).toBe(true);
    connections.close(CLOSED);
  });
});
