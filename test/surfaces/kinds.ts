import { floors, majors, type AnyClient, type ClientVersion } from '../support/clients.ts';
import { RedisServer } from '../support/redis-server.ts';
import { definitions } from './definitions.ts';

/** The servers that a client of one kind speaks to. */
export interface Deployment {
  readonly servers: readonly RedisServer[];
  stop(): Promise<unknown>;
}

/** One kind of client in one version; what is listed here is walked, member by member. */
export interface Kind {
  readonly name: string;
  readonly version: ClientVersion;
  start(): Promise<Deployment>;
  /** The client as its package makes it: neither wrapped nor connected. */
  create(deployment: Deployment): AnyClient;
}

export const kinds: readonly Kind[] = [...majors, ...floors].map((version) => ({
  name: `a client of ${version.name}`,
  version,
  async start() {
    const server = await RedisServer.start();
    return { servers: [server], stop: () => server.stop() };
  },
  create: ({ servers: [server] }) =>
    version.createClient({ url: server?.url, ...definitions(version) }),
}));
