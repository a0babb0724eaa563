import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { ErrorReply, nothing, type ClientStandIn } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { ClusterSite, HALVES } from './cluster-stand-in.ts';
import { clustered, connectedCluster } from './clustered.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const refused = () => Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' });
const roots = (...ports: number[]) => ports.map((port) => ({ socket: { host: 'root', port } }));

describe('the roots of a cluster', () => {
  it('are asked in any order, so that not every process asks the same one first', async () => {
    const site = new ClusterSite();
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.9).mockReturnValueOnce(0.1);
    const { connections } = await connectedCluster(site, { rootNodes: roots(1, 2) });
    expect(site.routers.map(({ _options }) => _options.rootNodes)).toEqual([roots(2)]);
    connections.close(CLOSED);
  });

  it('are asked again at growing delays', async () => {
    const site = new ClusterSite();
    site.discovering = () => Promise.reject(refused());
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    const { connections } = await connectedCluster(site);
    await pass(1_000);
    expect(site.routers.length).toBeGreaterThan(9);
    expect(site.routers.length).toBeLessThan(13);
    connections.close(CLOSED);
  });

  it.each(['error', 'node-error'])(
    'refuse with what the client said before it gave up, told as %s',
    async (event) => {
      const site = new ClusterSite();
      site.discovering = (router) => {
        router.emit(event, new ErrorReply('WRONGPASS no'));
        return Promise.reject(new Error('All the root nodes are unavailable'));
      };
      const { connections, heard, told } = await connectedCluster(site);
      expect(heard[1]).toBe('failed: WRONGPASS no true');
      expect(told[0]).toEqual(['error', new ErrorReply('WRONGPASS no')]);
      connections.close(CLOSED);
    },
  );

  it('are told to users with what the network said', async () => {
    const site = new ClusterSite();
    site.discovering = () => Promise.reject(refused());
    const { connections, told } = await connectedCluster(site);
    expect(told).toEqual([['error', refused()]]);
    connections.close(CLOSED);
  });

  it('may be silent, which is told to users in our words', async () => {
    const site = new ClusterSite();
    site.discovering = nothing;
    const { connections, told } = await connectedCluster(site);
    await pass(300);
    expect(told).toEqual([
      ['error', expect.objectContaining({ message: expect.stringContaining('tell its slots') })],
    ]);
    connections.close(CLOSED);
  });

  it('are of no use where no node can be connected in time', async () => {
    const site = new ClusterSite();
    site.nodes.connecting = nothing;
    const { connections, heard } = await connectedCluster(site);
    await pass(300);
    expect(heard[1]).toContain('No node of the cluster could be connected within 300 ms');
    connections.close(CLOSED);
  });
});

describe('the credentials of a cluster', () => {
  it('are given to roots as they are, and encrypted only where they say so', async () => {
    const site = new ClusterSite();
    const rootNodes = [{ url: 'redis://old:secret@root:7' }];
    const credentials = () => ({ password: 'new' });
    const { connections } = await connectedCluster(site, { rootNodes }, { credentials });
    const asked = (at: ClusterSite) => at.lastRouter._options.rootNodes[0];
    expect(asked(site).socket).toEqual({ host: 'root', port: 7 });
    connections.close(CLOSED);
    const plain = await connectedCluster(undefined, { rootNodes: roots(1) }, { credentials });
    expect(asked(plain.site)).toMatchObject({ password: 'new', socket: { host: 'root', port: 1 } });
    plain.connections.close(CLOSED);
  });

  it('are not presented again once they were refused', async () => {
    const site = new ClusterSite();
    site.discovering = () => Promise.reject(new ErrorReply('WRONGPASS no'));
    const credentials = () => ({ password: 'old' });
    const { connections } = await connectedCluster(site, {}, { credentials });
    await pass(500);
    expect(site.routers).toHaveLength(1);
    expect(connections.line.lastFailure?.message).toContain('there are no new ones yet');
    connections.close(CLOSED);
  });

  it('are presented again where it was not for them that it failed', async () => {
    const site = new ClusterSite();
    site.discovering = () => Promise.reject(refused());
    let isSealed = false;
    const credentials = () => {
      if (isSealed) throw new Error('vault');
      return { password: 'right' };
    };
    const { connections } = await connectedCluster(site, {}, { credentials });
    isSealed = true;
    await pass(100);
    expect(connections.line.lastFailure?.message).toBe('The credentials function failed');
    isSealed = false;
    site.discovering = () => Promise.reject(new ErrorReply('LOADING wait'));
    await pass(100);
    site.discovering = () => Promise.resolve();
    await pass(100);
    expect(connections.line.available).toBeDefined();
    connections.close(CLOSED);
  });
});

describe('a node of a cluster', () => {
  it('is connected with the options that the cluster has for it, and by us alone', async () => {
    const site = new ClusterSite();
    const first = new Set<ClientStandIn>();
    site.nodes.connecting = (client) => {
      first.add(client);
      return Promise.resolve();
    };
    const { connections } = await connectedCluster(site);
    expect(site.at(7001)[0]!.options).toMatchObject({ name: 'node', socket: { keepAlive: true } });
    const template = connections.nodeTemplate!('127.0.0.1:7001')!;
    expect(template.options).toMatchObject({ name: 'node', socket: { keepAlive: true } });
    expect(template.options?.socket).toMatchObject({
      signal: undefined,
      reconnectStrategy: undefined,
    });
    // Those that the cluster client made by itself are ended.
    const ours = new Set(site.nodes.clients);
    const others = [...first].filter((client) => !ours.has(client));
    expect(others.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true]);
    connections.close(CLOSED);
  });

  it('has no client before the slots are known', () => {
    expect(clustered().connections.nodeTemplate!('127.0.0.1:7001')).toBeUndefined();
  });

  it('is told of to users under the names of redis 5 and 6, with where it is', async () => {
    const { site, connections, told } = await connectedCluster();
    const at = { host: '127.0.0.1', port: 7002 };
    expect(told).toContainEqual(['node-ready', at]);
    const lost = new Error('Socket closed unexpectedly');
    site.at(7002)[0]!.lose(lost);
    expect(told).toContainEqual(['node-error', lost, at]);
    connections.close(CLOSED);
    expect(told).toContainEqual(['node-disconnect', at]);
  });

  it('is told of to users of redis 4 where it fails, and else not', async () => {
    const site = new ClusterSite();
    const template = site.template.bind(site);
    site.template = (options) => {
      const made = template(options);
      Reflect.deleteProperty(made, '_self');
      return made;
    };
    const { connections, told } = await connectedCluster(site);
    const lost = new Error('Socket closed unexpectedly');
    site.at(7002)[0]!.lose(lost);
    connections.close(CLOSED);
    expect(told).toEqual([['connect'], ['error', lost], ['disconnect']]);
  });

  it('that the client hears of later is reached over our connection as well', async () => {
    const { site, connections, shardOf } = await connectedCluster();
    site.masters = [HALVES[0], { ...HALVES[1], port: 7003 }];
    site.lastRouter.learn();
    expect(shardOf('a')?.address).toBe('127.0.0.1:7003');
    await pass(5);
    expect(site.at(7003)).toHaveLength(1);
    expect(site.lastRouter.masters[1]!.client?.isReady).toBe(true);
    connections.close(CLOSED);
  });

  it('that is a replica which nobody reads from is reached by nobody', async () => {
    const site = new ClusterSite([{ ...HALVES[0], to: 16_383, replicas: [7003] }]);
    const { connections } = await connectedCluster(site);
    expect(site.lastRouter.replicas[0]!.client?.isReady).toBe(false);
    connections.close(CLOSED);
  });
});
