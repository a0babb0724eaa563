import { kinds as beyondRedis4 } from '../integration/kinds.ts';
import { floors, majors, type AnyClient, type ClientVersion } from '../support/clients.ts';
import { clusterFloors, clusterMajors } from '../support/clusters.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { SentinelTrio } from '../support/redis-sentinel.ts';
import { RedisServer } from '../support/redis-server.ts';
import { definitions } from './definitions.ts';

/** The servers that clients of one kind speak to. */
export interface Servers {
  /** Those that execute its commands. */
  readonly servers: readonly RedisServer[];
  /** Those whose addresses it is given. */
  readonly seeds: readonly RedisServer[];
  /** Commands that the servers get from each other. */
  readonly amongThemselves?: readonly string[];
  stop(): Promise<unknown>;
}

/** One kind of client in one version; what is listed here is walked, member by member. */
export interface Kind {
  readonly name: string;
  /** The client as its package makes it: neither wrapped nor connected. */
  create(seeds: readonly RedisServer[]): AnyClient;
  /** Whether it keeps its own connections, since no others can be made. */
  readonly kept?: boolean;
  /** What it says when it is connected a second time; a pool nothing. */
  readonly openAlready?: string;
  /** In how many ways commands can be sent through it, at least: a walk must not get lost. */
  readonly ways: number;
}

/** Kinds that share their servers. */
export interface Deployment {
  readonly name: string;
  readonly start: () => Promise<Servers>;
  readonly kinds: readonly Kind[];
}

/** Every kind of client of every major. */
export const deployments: readonly Deployment[] = [
  {
    name: 'one server',
    start: oneServer,
    kinds: versions('a client', [...majors, ...floors], (version) => ({
      create: ([server]) => version.createClient({ url: server?.url, ...definitions(version) }),
      openAlready: 'Socket already opened',
      ways: 900,
    })),
  },
  {
    name: 'a cluster',
    async start() {
      const cluster = await RedisCluster.start();
      return { servers: cluster.nodes, seeds: cluster.nodes, stop: () => cluster.stop() };
    },
    kinds: versions('a cluster', [...clusterMajors, ...clusterFloors], (version) => ({
      create: (seeds) =>
        version.createCluster({
          rootNodes: seeds.map(({ url }) => ({ url })),
          ...definitions(version),
        }) as AnyClient,
      openAlready: 'Cluster already open',
      ways: 600,
    })),
  },
  {
    name: 'one server for many connections',
    start: oneServer,
    kinds: versions('a pool', beyondRedis4, (version) => ({
      create: ([server]) => version.createClientPool({ url: server?.url, ...definitions(version) }),
      kept: true,
      ways: 700,
    })),
  },
  {
    name: 'sentinels',
    async start() {
      const trio = await SentinelTrio.start({ replicas: 1 });
      return {
        servers: trio.servers.slice(0, 1),
        seeds: trio.sentinels,
        amongThemselves: ['publish'],
        stop: () => trio.stop(),
      };
    },
    kinds: versions('a sentinel', beyondRedis4, (version) => ({
      create: (seeds) =>
        version.createSentinel({
          name: 'mymaster',
          sentinelRootNodes: seeds.map(({ port }) => ({ host: '127.0.0.1', port })),
          ...definitions(version),
        }),
      kept: version.major === 5,
      openAlready: 'already attempting to open',
      ways: 700,
    })),
  },
];

async function oneServer(): Promise<Servers> {
  const server = await RedisServer.start();
  return { servers: [server], seeds: [server], stop: () => server.stop() };
}

function versions<V extends Pick<ClientVersion, 'name'>>(
  what: string,
  of: readonly V[],
  differences: (version: V) => Omit<Kind, 'name'>,
): Kind[] {
  return of.map((version) => ({ name: `${what} of ${version.name}`, ...differences(version) }));
}
