import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { callOf, OutcomeRecorder, pending } from '../call-of.ts';
import { ErrorReply, nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { ClusterSite, HALVES } from './cluster-stand-in.ts';
import { clustered, connectedCluster, keyed, listening } from './clustered.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const refused = () => Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' });
const [FIRST, SECOND] = HALVES;

describe('a cluster that is opened', () => {
  it('learns the slots, connects to each master, and is available then', async () => {
    const { connections, site, types, heard, restated, events } = clustered();
    expect([connections.line.isOpen, connections.line.closedFailure]).toEqual([false, CLOSED]);
    connections.open();
    connections.open();
    expect([connections.line.isOpen, connections.line.available]).toEqual([true, undefined]);
    await pass(5);
    expect([connections.line.available !== undefined, connections.line.isOpen]).toEqual([
      true,
      true,
    ]);
    connections.open();
    expect([site.at(7001).length, site.at(7002).length, site.routers.length]).toEqual([1, 1, 1]);
    expect(types()).toEqual(['connection.ready', 'connection.ready']);
    expect(events.map(({ address }) => address)).toEqual(['127.0.0.1:7001', '127.0.0.1:7002']);
    expect(heard).toEqual(['unavailable: There is no connection yet', 'available']);
    expect(restated.filter((event) => event === 'connect')).toHaveLength(1);
    expect(restated).toContain('node-ready');
    connections.close(CLOSED);
  });

  it('asks again where no root told the slots, and says of each why', async () => {
    const site = new ClusterSite();
    const rootNodes = [1, 2].map((port) => ({ socket: { host: 'root', port } }));
    site.discovering = () => Promise.reject(refused());
    const { connections, types, heard } = await connectedCluster(site, { rootNodes });
    expect(types()).toEqual(['connection.failed']);
    expect(connections.line.lastFailure).toMatchObject({
      kind: 'transport',
      execution: 'not-sent',
    });
    expect(heard[1]).toContain('redis://root:1 (ECONNREFUSED), redis://root:2 (ECONNREFUSED)');
    // Who waits is not helped by failing: the next try may succeed.
    expect(heard).toHaveLength(2);
    expect(site.routers.every(({ isDestroyed }) => isDestroyed)).toBe(true);
    site.discovering = () => Promise.resolve();
    await pass(60);
    expect(connections.line.available).toBeDefined();
    connections.close(CLOSED);
  });

  it('fails those who wait where a root refuses the password', async () => {
    const site = new ClusterSite();
    site.discovering = () => Promise.reject(new ErrorReply('WRONGPASS no'));
    const { connections, heard } = await connectedCluster(site);
    expect(heard.slice(1)).toEqual(['failed: WRONGPASS no true', 'abandoned: WRONGPASS no']);
    connections.close(CLOSED);
  });

  it('asks the next root as well where one is slow, and drops whoever loses', async () => {
    const site = new ClusterSite();
    const rootNodes = [1, 2].map((port) => ({ socket: { host: 'root', port } }));
    site.discovering = ({ _options }) =>
      _options.rootNodes[0].socket.port === 1 ? nothing() : Promise.resolve();
    const { connections } = await connectedCluster(site, { rootNodes });
    await pass(190);
    expect(site.routers).toHaveLength(1);
    await pass(20);
    expect(connections.line.available).toBeDefined();
    expect(site.routers.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false]);
    connections.close(CLOSED);
  });

  it('does not wait for a node that is slow longer than for the others to be told', async () => {
    const site = new ClusterSite();
    site.nodes.connecting = ({ options }) =>
      options.socket.port === 7002 ? nothing() : Promise.resolve();
    const { connections, shardOf } = await connectedCluster(site);
    expect(connections.line.available).toBeUndefined();
    await pass(240);
    expect(connections.line.available).toBeUndefined();
    await pass(10);
    expect(connections.line.available).toBeDefined();
    expect([shardOf('b')?.available === undefined, shardOf('a')?.available]).toEqual([
      false,
      undefined,
    ]);
    connections.close(CLOSED);
  });

  it('stops where it is closed meanwhile', async () => {
    const site = new ClusterSite();
    site.discovering = nothing;
    const { connections, types, closed } = await connectedCluster(site);
    connections.close(CLOSED);
    connections.close(CLOSED);
    await pass(1_000);
    expect([types(), closed(), site.routers.length]).toEqual([['client.closed'], 1, 1]);
    expect(site.lastRouter.isDestroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a call in a cluster', () => {
  it('goes to the shard that has its keys, where one has them all', async () => {
    const { shardOf, connections } = await connectedCluster();
    expect([shardOf('b')?.address, shardOf('a')?.address]).toEqual([
      '127.0.0.1:7001',
      '127.0.0.1:7002',
    ]);
    expect(shardOf('{a}x', '{a}y')).toBe(shardOf('a'));
    expect([shardOf('a', 'b'), shardOf()]).toEqual([undefined, undefined]);
    expect(connections.shards!.shardOf(callOf('PING'))).toBeUndefined();
    connections.close(CLOSED);
    expect(shardOf('a')).toBeUndefined();
  });

  it('is sent over the connection to that node', async () => {
    const { site, shardOf, connections } = await connectedCluster();
    const outcome = new OutcomeRecorder();
    shardOf('a')!.available!.dispatch(callOf('GET a'), outcome);
    expect(connections.inFlight).toBe(1);
    await pass(0);
    expect(outcome.told).toEqual(['GET dispatched', 'GET: PONG']);
    expect(site.at(7002)[0]!.asked).toContain('GET a');
    connections.close(CLOSED);
  });

  it('that reads goes to any node of its shard where replicas are read from', async () => {
    const site = new ClusterSite([{ ...FIRST, to: 16_383, replicas: [7003] }]);
    const { connections } = await connectedCluster(site, { useReplicas: true });
    expect(connections.shards!.shardOf(keyed('a'))).toBeUndefined();
    const write = callOf('SET a v', { keysOf: () => ['a'] });
    expect(connections.shards!.shardOf(write)).toBeDefined();
    expect(site.at(7003).map(({ options }) => options.readonly)).toEqual([true]);
    connections.close(CLOSED);
  });

  it('of slots that nobody serves goes to no shard', async () => {
    const site = new ClusterSite([FIRST, { ...SECOND, to: 15_000 }]);
    const { connections, shardOf } = await connectedCluster(site);
    expect([shardOf('a'), shardOf('b')?.address]).toEqual([undefined, '127.0.0.1:7001']);
    connections.close(CLOSED);
  });

  it('asks no node to answer reads as a replica where none is read from', async () => {
    const { site, connections } = await connectedCluster();
    expect(site.at(7001)[0]!.options).not.toHaveProperty('readonly');
    connections.close(CLOSED);
  });

  it('without keys goes through the router, on whose account it is in flight', async () => {
    const { site, connections, heard } = await connectedCluster();
    const outcome = new OutcomeRecorder();
    connections.line.available!.dispatch(callOf('PING'), outcome);
    expect([connections.line.available!.inFlight, connections.inFlight]).toEqual([1, 1]);
    await pass(0);
    expect(outcome.told).toEqual(['PING dispatched', 'PING: PONG']);
    expect(site.at(7001)[0]!.asked).toEqual(['PING', 'PING']);
    expect(heard.at(-1)).toBe('free');
    connections.close(CLOSED);
  });

  it('without keys goes through the router of the moment', async () => {
    const { site, connections } = await connectedCluster();
    await connections.line.renew(CLOSED);
    const [old, fresh] = site.routers.map((router) => vi.spyOn(router, 'sendCommand'));
    connections.line.available!.dispatch(callOf('PING'), new OutcomeRecorder());
    await pass(0);
    expect([old!.mock.calls.length, fresh!.mock.calls.length]).toEqual([0, 1]);
    connections.close(CLOSED);
  });

  it('on its way to a shard finds its node through the router of the moment', async () => {
    const { site, connections, shardOf } = await connectedCluster();
    await connections.line.renew(CLOSED);
    const [old, fresh] = site.routers.map((router) => vi.spyOn(router, 'sendCommand'));
    shardOf('a')!.available!.dispatch(callOf('GET a'), new OutcomeRecorder());
    await pass(0);
    expect([old!.mock.calls.length, fresh!.mock.calls.length]).toEqual([0, 1]);
    connections.close(CLOSED);
  });

  it.each([
    { share: 0, port: 7001 },
    { share: 0.5, port: 7002 },
    { share: 0.99, port: 7002 },
  ])('that any node can answer goes to any of them: $share', async ({ share, port }) => {
    const { site, connections } = await connectedCluster();
    vi.spyOn(Math, 'random').mockReturnValue(share);
    await connections.line.available!.ask('DBSIZE');
    expect(site.at(port)[0]!.asked).toContain('DBSIZE');
    connections.close(CLOSED);
  });

  it.each([
    { title: 'splits', isSplit: true, execution: 'unknown' },
    { title: 'sends to one node', isSplit: false, execution: 'not-executed' },
  ])('that fails, and that the client $title, is $execution', async ({ isSplit, execution }) => {
    const { site, connections } = await connectedCluster();
    if (isSplit) Object.assign(site.lastRouter, { _policyResolver: {} });
    const outcome = new OutcomeRecorder();
    const call = callOf('MSET a 1 b 2', {
      execute: () => Promise.reject(new ErrorReply('ERR no')),
    });
    connections.line.available!.dispatch(call, outcome);
    await pass(0);
    expect(outcome.told).toEqual(['MSET dispatched', `MSET! command ${execution}`]);
    const other = callOf('MSET a 1', { execute: () => Promise.resolve('OK') });
    connections.line.available!.dispatch(other, outcome);
    await pass(0);
    expect(outcome.told.slice(2)).toEqual(['MSET dispatched', 'MSET: OK']);
    connections.close(CLOSED);
  });

  it('may be a question to whichever node answers', async () => {
    const { site, connections } = await connectedCluster();
    const carrier = connections.line.available!;
    await expect(carrier.ask('PING')).resolves.toBe('PONG');
    connections.close(CLOSED);
    await expect(carrier.ask('PING')).rejects.toMatchObject({ kind: 'transport' });
    expect(
      site.nodes.clients.some(({ asked }) => asked.filter((one) => one === 'PING').length > 1),
    ).toBe(true);
  });

  it('has a router to itself where it blocks, which ends with its connection', async () => {
    const { site, connections } = await connectedCluster();
    const told = { onFree: vi.fn(), onLost: vi.fn() };
    const separate = await connections.separate(told);
    const outcome = new OutcomeRecorder();
    const execute = () => Promise.resolve('item');
    separate.dispatch(callOf('BLPOP a 0', { execute }), outcome);
    await pass(0);
    expect(outcome.told).toEqual(['BLPOP dispatched', 'BLPOP: item']);
    expect(told.onFree).toHaveBeenCalledWith(separate);
    separate.dispatch(callOf('BLPOP a 0', { execute: nothing }), outcome);
    site.lastRouter.emit('node-error', new Error('Socket closed unexpectedly'));
    site.lastRouter.emit('error', new Error('again'));
    expect(told.onLost.mock.calls).toEqual([[separate]]);
    expect(outcome.told.at(-1)).toBe('BLPOP! transport unknown');
    expect([separate.isReady, site.lastRouter.isDestroyed]).toEqual([false, true]);
    expect(site.routers[0]!.isDestroyed).toBe(false);
    connections.close(CLOSED);
  });

  it('that blocks finds its node by itself, and ends without a word where it is dropped', async () => {
    const { site, connections } = await connectedCluster();
    const told = { onFree: vi.fn(), onLost: vi.fn() };
    const separate = await connections.separate(told);
    const outcome = new OutcomeRecorder();
    await site.lastRouter.nodeClient(site.lastRouter.slots[15_495]!.master);
    separate.dispatch(callOf('GET a'), outcome);
    await pass(0);
    expect(outcome.told).toEqual(['GET dispatched', 'GET: PONG']);
    separate.drop(CLOSED);
    site.lastRouter.emit('error', new Error('Disconnects client'));
    expect([told.onLost.mock.calls, separate.isReady]).toEqual([[], false]);
    connections.close(CLOSED);
  });

  it('that blocks asks nodes that answer for its way, and the roots where none does', async () => {
    const rootNodes = [{ socket: { host: 'root', port: 1 } }];
    const all = clustered(new ClusterSite(), { rootNodes });
    const { site, connections } = all;
    const told = { onFree: vi.fn(), onLost: vi.fn() };
    const asked = async () => {
      await connections.separate(told);
      return site.lastRouter._options.rootNodes[0].socket;
    };
    expect(await asked()).toMatchObject({ host: 'root' });
    connections.open();
    await pass(5);
    site.nodes.connecting = () => Promise.reject(refused());
    site.at(7001)[0]!.lose();
    expect(await asked()).toMatchObject({ host: '127.0.0.1', port: 7002 });
    site.at(7002)[0]!.lose();
    expect(await asked()).toMatchObject({ host: 'root' });
    connections.close(CLOSED);
  });
});

describe('a cluster whose nodes are lost', () => {
  it('is unavailable only when all are', async () => {
    const { site, connections, shardOf, heard } = await connectedCluster();
    const outOfSecond: string[] = [];
    shardOf('a')!.listen(listening(outOfSecond));
    site.nodes.connecting = () => Promise.reject(refused());
    site.at(7002)[0]!.lose();
    await pass(1);
    expect(connections.line.available).toBeDefined();
    expect(outOfSecond).toEqual(['available', 'unavailable: Socket closed unexpectedly']);
    expect([shardOf('a')?.available, shardOf('b')?.available === undefined]).toEqual([
      undefined,
      false,
    ]);
    expect(connections.inFlight).toBe(0);
    expect(heard).toEqual(['unavailable: There is no connection yet', 'available']);
    expect(site.lastRouter.masters.map(({ client }) => client?.isReady)).toEqual([true, false]);
    site.at(7001)[0]!.lose();
    expect(connections.line.available).toBeUndefined();
    expect(heard.at(-1)).toContain('unavailable');
    await pass(50);
    const reason = 'Cannot connect to redis://127.0.0.1:7001: ECONNREFUSED';
    expect(heard).toContain(`failed: ${reason} false`);
    expect(connections.line.lastFailure?.message).toContain('Cannot connect to redis://127.0.0.1');
    site.nodes.connecting = () => Promise.resolve();
    await pass(200);
    expect(connections.line.available).toBeDefined();
    expect(shardOf('a')?.available).toBeDefined();
    connections.close(CLOSED);
  });

  it('moves a shard to the node that took it over, with whoever waits for it', async () => {
    const { site, connections, shardOf, types } = await connectedCluster();
    const shard = shardOf('a')!;
    const heard: string[] = [];
    shard.listen(listening(heard));
    const [router] = site.routers;
    site.nodes.connecting = ({ options }) =>
      options.socket.port === 7002 ? Promise.reject(refused()) : Promise.resolve();
    site.at(7002)[0]!.lose();
    await pass(300);
    expect(site.routers).toHaveLength(1);
    site.masters = [FIRST, { ...SECOND, port: 7003 }];
    await pass(300);
    expect(shardOf('a')).toBe(shard);
    expect([shard.address, shard.available !== undefined]).toEqual(['127.0.0.1:7003', true]);
    expect(heard.at(-1)).toBe('available');
    expect(heard).not.toContain('dissolved');
    expect([router!.isDestroyed, site.lastRouter.isDestroyed]).toEqual([true, false]);
    // Nobody connects to the node any more that has left.
    const failed = types().filter((type) => type === 'connection.failed').length;
    await pass(2_000);
    expect(types().filter((type) => type === 'connection.failed')).toHaveLength(failed);
    connections.close(CLOSED);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('follows what the client itself hears of moved slots', async () => {
    const { site, connections, shardOf } = await connectedCluster();
    const [first, second] = [shardOf('b')!, shardOf('a')!];
    const heard: string[] = [];
    second.listen(listening(heard));
    site.masters = [{ ...FIRST, to: 16_383 }];
    site.lastRouter.learn();
    expect(shardOf('a')).toBe(first);
    expect(heard.slice(1)).toEqual(['abandoned: The shard was merged into others', 'dissolved']);
    expect([second.available, second.closedFailure?.kind]).toEqual([undefined, 'transport']);
    expect(site.at(7002)).toEqual([]);
    connections.close(CLOSED);
  });

  it('makes a fresh router when it is asked to, at most once a while', async () => {
    const { site, connections } = await connectedCluster();
    await pass(100);
    await expect(connections.line.renew(CLOSED)).resolves.toBe(true);
    await expect(connections.line.renew(CLOSED)).resolves.toBe(false);
    expect(site.routers).toHaveLength(2);
    expect([site.routers[0]!.isDestroyed, connections.router]).toEqual([true, site.lastRouter]);
    // From nodes that answer, not from what the user once gave.
    const ports = site.lastRouter._options.rootNodes.map((root: any) => root.socket.port);
    expect([7001, 7002]).toContain(ports[0]);
    site.discovering = () => Promise.reject(refused());
    await pass(100);
    await expect(connections.line.renew(CLOSED)).resolves.toBe(false);
    expect(site.routers[1]!.isDestroyed).toBe(false);
    connections.close(CLOSED);
    await expect(connections.line.renew(CLOSED)).resolves.toBe(false);
  });
});

describe('a cluster that is closed', () => {
  it('drops all its connections and tells every call why', async () => {
    const { site, connections, shardOf, types, heard, closed, restated } = await connectedCluster();
    site.nodes.answering = nothing;
    const outcome = new OutcomeRecorder();
    const [shard, carrier] = [shardOf('a')!, connections.line.available!];
    shard.available!.dispatch(callOf('GET a'), outcome);
    carrier.dispatch(callOf('PING'), outcome);
    connections.close(CLOSED);
    expect(outcome.failures).toEqual([CLOSED, CLOSED]);
    expect([site.at(7001), site.at(7002), connections.inFlight]).toEqual([[], [], 0]);
    expect([shard.available, shard.closedFailure]).toEqual([undefined, CLOSED]);
    expect([types().at(-1), heard.at(-1), restated.at(-1), closed()]).toEqual([
      'client.closed',
      'abandoned: The client is closed',
      'disconnect',
      1,
    ]);
    expect([connections.line.isOpen, connections.router]).toEqual([false, undefined]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells its shards that they are gone', async () => {
    const { connections, shardOf } = await connectedCluster();
    const heard: string[] = [];
    shardOf('a')!.listen(listening(heard));
    connections.close(CLOSED);
    expect(heard.slice(-2)).toEqual(['abandoned: The client is closed', 'dissolved']);
  });

  it('says nothing where it was never open', () => {
    const { connections, types, closed } = clustered();
    connections.close(CLOSED);
    expect([types(), closed()]).toEqual([[], 0]);
  });

  it('has no part of what was just being made', async () => {
    const site = new ClusterSite();
    const connecting = pending();
    site.nodes.connecting = () => connecting.promise;
    const { connections, types } = await connectedCluster(site);
    connections.close(CLOSED);
    connecting.resolve(undefined);
    await pass(50);
    expect([connections.line.isOpen, types()]).toEqual([false, ['client.closed']]);
    expect(site.routers.every(({ isDestroyed }) => isDestroyed)).toBe(true);
  });

  it('can be opened again', async () => {
    const { connections, shardOf, heard } = await connectedCluster();
    connections.close(CLOSED);
    connections.open();
    await pass(5);
    expect(heard.at(-1)).toBe('available');
    expect([connections.line.available !== undefined, shardOf('a') !== undefined]).toEqual([
      true,
      true,
    ]);
    connections.close(CLOSED);
  });
});
