import { RedisServer } from './redis-server.ts';
import type { RedisServerOptions } from './redis-server.ts';
import { until } from './until.ts';

/** What a trio watches. */
export interface SentinelTrioOptions extends Pick<RedisServerOptions, 'password' | 'tls' | 'args'> {
  /** What the sentinels call the master. */
  name?: string;
  replicas?: number;
  /** After so long without an answer the master is suspected; a replica takes over a second or two later. */
  downAfterMs?: number;
}

const failoverTimeoutMs = 3_000;
const quorum = 2;

/** A master, its replicas and three sentinels, all of the test's own. */
export class SentinelTrio {
  readonly name: string;
  readonly sentinels: readonly RedisServer[];
  /** The master of the start first, then its replicas. */
  readonly servers: readonly RedisServer[];

  private constructor(name: string, servers: RedisServer[], sentinels: RedisServer[]) {
    this.name = name;
    this.servers = servers;
    this.sentinels = sentinels;
  }

  /** Starts all, and resolves when each sentinel knows the others and the replicas. */
  static async start({
    name = 'mymaster',
    replicas = 2,
    downAfterMs = 1_000,
    ...options
  }: SentinelTrioOptions = {}): Promise<SentinelTrio> {
    const servers: RedisServer[] = [];
    const sentinels: RedisServer[] = [];
    const trio = new SentinelTrio(name, servers, sentinels);
    try {
      const master = await RedisServer.start(options);
      servers.push(master);
      const replica = { ...options, replicaOf: master.port };
      await startAll(servers, replicas, replica);
      const sentinel = configuration(name, master, downAfterMs);
      await startAll(sentinels, 3, { sentinel, ...(options.tls && { tls: options.tls }) });
      await trio.#hurry();
      await trio.#settled(master);
      return trio;
    } catch (error) {
      await trio.stop();
      throw error;
    }
  }

  /** What `sentinelRootNodes` of node-redis takes. */
  get rootNodes(): { host: string; port: number }[] {
    return this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** The server that the sentinels name as the master, as far as most of them agree. */
  async master(): Promise<RedisServer> {
    return until(`a master of ${this.name}`, async () => {
      const ports = (await this.#views()).map((view) => Number(view['port']));
      return this.servers.find(({ port }) => ports.filter((one) => one === port).length >= quorum);
    });
  }

  /** Lets the sentinels promote a replica; resolves with it when all know and the others follow it. */
  async failover(): Promise<RedisServer> {
    const old = await this.master();
    const [sentinel] = this.sentinels;
    const promoted = await until(`another master than port ${old.port}`, async () => {
      const now = await this.master();
      if (now !== old) return now;
      // Refused while one is under way, or while no replica is known to be good enough.
      await sentinel?.command('SENTINEL', 'FAILOVER', this.name);
      return undefined;
    });
    await this.#settled(promoted);
    return promoted;
  }

  /** Thaws what is frozen, starts what is dead, and waits until all is well; roles may have changed. */
  async restore(): Promise<void> {
    const all = [...this.servers, ...this.sentinels];
    for (const one of all) if (one.isRunning) one.thaw();
    await Promise.all(all.filter((one) => !one.isRunning).map((one) => one.restart()));
    await this.#hurry();
    await this.#settled();
  }

  /** Ends all and removes their data. */
  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((one) => one.stop()));
  }

  async #hurry(): Promise<void> {
    // Sentinels tell of each other every two seconds and ask for roles every ten. With a first ping
    // only after a second, they would give up a new master that they have not even asked yet.
    const periods = ['PING-PERIOD', '200', 'PUBLISH-PERIOD', '200', 'INFO-PERIOD', '500'];
    await Promise.all(this.sentinels.map((one) => one.must('SENTINEL', 'DEBUG', ...periods)));
  }

  async #settled(expected?: RedisServer): Promise<void> {
    await until(`every sentinel knows all of ${this.name}`, async () => {
      const views = await this.#views();
      const master = expected ?? (await this.master());
      return (
        views.length === this.sentinels.length &&
        views.every(
          (view) =>
            view['flags'] === 'master' &&
            Number(view['port']) === master.port &&
            Number(view['num-slaves']) === this.servers.length - 1 &&
            Number(view['num-other-sentinels']) === this.sentinels.length - 1,
        ) &&
        (await this.#follow(master))
      );
    });
  }

  /** Whether all other servers are replicas of this one and in sync. */
  async #follow(master: RedisServer): Promise<boolean> {
    const others = this.servers.filter((one) => one !== master);
    const reports = await Promise.all(others.map((one) => one.info('replication')));
    return reports.every(
      (report) =>
        Number(report['master_port']) === master.port && report['master_link_status'] === 'up',
    );
  }

  /** What each sentinel that answers says of the master. */
  async #views(): Promise<Record<string, string>[]> {
    const asked = this.sentinels.map((one) =>
      one.pipeline([['SENTINEL', 'MASTER', this.name]], 1_000),
    );
    return (await Promise.allSettled(asked)).flatMap((one) => {
      const fields = one.status === 'fulfilled' ? one.value[0] : undefined;
      return Array.isArray(fields) ? [pairsOf(fields.map(String))] : [];
    });
  }
}

function configuration(name: string, master: RedisServer, downAfterMs: number): string[] {
  const { port, password } = master;
  return [
    `sentinel monitor ${name} 127.0.0.1 ${port} ${quorum}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} ${failoverTimeoutMs}`,
    `sentinel parallel-syncs ${name} 1`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
  ];
}

/** Starts them all, and adds each that did, so that a failure leaves none behind. */
async function startAll(
  started: RedisServer[],
  count: number,
  options: RedisServerOptions,
): Promise<void> {
  const starting = Array.from({ length: count }, () => RedisServer.start(options));
  const outcomes = await Promise.allSettled(starting);
  started.push(...outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
  await Promise.all(starting);
}

function pairsOf(list: readonly string[]): Record<string, string> {
  const pairs = list.flatMap((name, index) =>
    index % 2 === 0 ? [[name, list[index + 1] ?? ''] as const] : [],
  );
  return Object.fromEntries(pairs);
}
