import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import slotOf from 'cluster-key-slot';
import {
  resilient,
  type ResilienceError,
  type ResilienceOptions,
  type Resilient,
} from 'redis-resilience';
import type { AnyCluster, ClusterVersion } from '../support/clusters.ts';
import type { RedisCluster } from '../support/redis-cluster.ts';

/** Between two rebuilds of the cluster object, at least. */
export const MAX_DELAY_MS = 500;

/** The settings that the numbers of the acceptance table are for, with time for a busy machine to connect. */
const OPTIONS: ResilienceOptions = {
  timeout: { attemptMs: 500, totalMs: 1_500 },
  connection: { connectMs: 5_000, silenceMs: 500, maxDelayMs: MAX_DELAY_MS },
  logger: false,
};

/** What became of the calls to one shard. */
export interface ShardOutcome {
  answered: number;
  /** Every failure; an outage's are allowed where the shard is away. */
  readonly failures: ResilienceError[];
  longestMs: number;
  /** When each call that was answered was answered. */
  readonly answeredAt: number[];
}

const EVERY_MS = 10;

/** What every load is subscribed to. */
export const CHANNEL = 'news';

/** A wrapped cluster under steady writes to every shard: each counter's final value is its witness. */
export class ClusterLoad {
  readonly redis: Resilient<AnyCluster>;
  readonly outcomes: readonly ShardOutcome[];
  /** Messages of `CHANNEL`, in the order in which they came. */
  readonly messages: string[] = [];
  readonly #keys: readonly string[];
  #timer: NodeJS.Timeout | undefined;
  /** Each router that was in use, by its array of slots, which is its own. */
  readonly #routers = new Set<unknown>();
  readonly #pending = new Set<Promise<void>>();

  private constructor(redis: Resilient<AnyCluster>, keys: readonly string[]) {
    this.redis = redis;
    this.#keys = keys;
    this.outcomes = keys.map(() => ({
      ...{ answered: 0, longestMs: 0 },
      ...{ failures: [], answeredAt: [] },
    }));
  }

  /** Begins to write: a key per shard, in the order of the servers' masters. */
  static async start(version: ClusterVersion, servers: RedisCluster): Promise<ClusterLoad> {
    const cluster: AnyCluster = version.createCluster({ rootNodes: servers.rootNodes });
    const redis = resilient(cluster, OPTIONS);
    await redis.connect();
    const load = new ClusterLoad(redis, await keysPerMaster(servers));
    await redis.subscribe(CHANNEL, (message) => load.messages.push(message));
    load.#timer = setInterval(() => {
      load.#routers.add(redis['slots']);
      for (const shard of load.#keys.keys()) load.#write(shard);
    }, EVERY_MS);
    return load;
  }

  /** How long after a moment the first call to a shard was answered, in ms; waits for it. */
  async backAfter(moment: number, shard: number): Promise<number> {
    const { answeredAt } = this.outcomes[shard]!;
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      const backAt = answeredAt.find((at) => at > moment);
      if (backAt !== undefined) return backAt - moment;
      await sleep(EVERY_MS);
    }
    return Infinity;
  }

  /** How often the cluster object behind the wrapper was made anew. */
  get rebuilds(): number {
    return this.#routers.size - 1;
  }

  /** Stops writing, waits for what is under way, and tells each counter's value. */
  async stop(): Promise<number[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    return Promise.all(this.#keys.map(async (key) => Number(await this.redis.get(key))));
  }

  #write(shard: number): void {
    const outcome = this.outcomes[shard]!;
    const startedAt = performance.now();
    const settled = () => {
      const now = performance.now();
      outcome.longestMs = Math.max(outcome.longestMs, now - startedAt);
      return now;
    };
    const call = this.redis.incr(this.#keys[shard]!).then(
      () => {
        outcome.answered++;
        outcome.answeredAt.push(settled());
      },
      (error: unknown) => {
        settled();
        outcome.failures.push(error as ResilienceError);
      },
    );
    this.#pending.add(call);
    void call.finally(() => this.#pending.delete(call));
  }
}

/** A key for each master, found by trying. */
async function keysPerMaster(servers: RedisCluster): Promise<string[]> {
  const prefix = randomUUID();
  const keys = new Map<number, string>();
  for (let index = 0; keys.size < servers.masters.length; index++) {
    const key = `${prefix}:${index}`;
    const { port } = await servers.masterOf(slotOf(key));
    if (!keys.has(port)) keys.set(port, key);
  }
  return servers.masters.map(({ port }) => keys.get(port)!);
}
