import { floors, majors, type AnyClient, type ClientVersion } from '../support/clients.ts';
import { clusterFloors, clusterMajors } from '../support/clusters.ts';
import { RedisCluster } from '../support/redis-cluster.ts';
import { RedisServer } from '../support/redis-server.ts';
import { definitions } from './definitions.ts';

/** The servers that clients of one kind speak to. */
export interface Servers {
  readonly servers: readonly RedisServer[];
  stop(): Promise<unknown>;
}

/** One kind of client in one version; what is listed here is walked, member by member. */
export interface Kind {
  readonly name: string;
  /** The client as its package makes it: neither wrapped nor connected. */
  create(servers: readonly RedisServer[]): AnyClient;
  /** What it says when it is connected a second time. */
  readonly openAlready: string;
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
    async start() {
      const server = await RedisServer.start();
      return { servers: [server], stop: () => server.stop() };
    },
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
      return { servers: cluster.nodes, stop: () => cluster.stop() };
    },
    kinds: versions('a cluster', [...clusterMajors, ...clusterFloors], (version) => ({
      create: (servers) =>
        version.createCluster({
          rootNodes: servers.map(({ url }) => ({ url })),
          ...definitions(version),
        }) as AnyClient,
      openAlready: 'Cluster already open',
      ways: 600,
    })),
  },
];

function versions<V extends Pick<ClientVersion, 'name'>>(
  what: string,
  of: readonly V[],
  differences: (version: V) => Omit<Kind, 'name'>,
): Kind[] {
  return of.map((version) => ({ name: `${what} of ${version.name}`, ...differences(version) }));
}
