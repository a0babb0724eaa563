import slotOf from 'cluster-key-slot';
import { SlotMove } from './cluster-slot-move.ts';
import { holds, isSettled, slotRanges, viewOf } from './cluster-view.ts';
import { RedisServer } from './redis-server.ts';
import type { RedisServerOptions } from './redis-server.ts';
import { until } from './until.ts';

/** What a cluster is made of. */
export interface RedisClusterOptions extends Pick<RedisServerOptions, 'password' | 'tls' | 'args'> {
  masters?: number;
  replicasPerMaster?: number;
  /** After so long without an answer a node is suspected; a replica takes over about two seconds later. */
  nodeTimeoutMs?: number;
  /** Whether a node refuses everything while any slot is unserved. */
  requireFullCoverage?: boolean;
}

/** A real cluster of the test's own; the roles are those of its start, `masterOf` tells today's. */
export class RedisCluster {
  readonly masters: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[], masters: number) {
    this.masters = servers.slice(0, masters);
    this.replicas = servers.slice(masters);
  }

  /** Starts the servers, joins them, and resolves when each knows all others and is in sync. */
  static async start({
    masters = 3,
    replicasPerMaster = 1,
    nodeTimeoutMs = 1_000,
    requireFullCoverage = false,
    ...options
  }: RedisClusterOptions = {}): Promise<RedisCluster> {
    const node = { ...options, cluster: { nodeTimeoutMs, requireFullCoverage } };
    const size = masters * (1 + replicasPerMaster);
    const starting = Array.from({ length: size }, () => RedisServer.start(node));
    const outcomes = await Promise.allSettled(starting);
    const servers = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const cluster = new RedisCluster(servers, masters);
    try {
      await Promise.all(starting);
      await cluster.#join();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get nodes(): readonly RedisServer[] {
    return [...this.masters, ...this.replicas];
  }

  /** What `createCluster` of node-redis takes; a password and TLS go to its `defaults`. */
  get rootNodes(): { url: string }[] {
    return this.nodes.map(({ url }) => ({ url }));
  }

  /** The server that holds the slot, or the slot of the key, at this moment. */
  async masterOf(slotOrKey: number | string): Promise<RedisServer> {
    const slot = typeof slotOrKey === 'string' ? slotOf(slotOrKey) : slotOrKey;
    return until(`a master of slot ${slot}`, async () => {
      const claims = (await this.#views()).filter(({ view: { self } }) => holds(self, slot));
      // A master that was away claims its slots until it hears of the failover.
      claims.sort((a, b) => b.view.self.epoch - a.view.self.epoch);
      return claims[0]?.server;
    });
  }

  /** A replica of the master at this moment. */
  async replicaOf(master: RedisServer): Promise<RedisServer> {
    return until(`a replica of port ${master.port}`, async () => {
      const views = await this.#views();
      const masterId = views
        .flatMap(({ view }) => view.nodes)
        .find(({ port }) => port === master.port)?.id;
      return views.find(({ view: { self } }) => masterId && self.masterId === masterId)?.server;
    });
  }

  /** Lets a replica take over from a master that is well; resolves with the new one when all know. */
  async failover(master: RedisServer): Promise<RedisServer> {
    const replica = await this.replicaOf(master);
    await until(`port ${replica.port} takes over from ${master.port}`, async () => {
      if ((await viewOf(replica)).self.flags.includes('master')) return true;
      await replica.command('CLUSTER', 'FAILOVER');
      return false;
    });
    await this.settled();
    return replica;
  }

  /** Begins to move a slot; between its steps, keys of the slot are answered with ASK. */
  async startMove(slot: number, to: RedisServer): Promise<SlotMove> {
    return SlotMove.start(slot, await this.masterOf(slot), to, this.nodes);
  }

  /** Moves a slot and its keys to another master. */
  async moveSlot(slot: number, to: RedisServer): Promise<void> {
    const move = await this.startMove(slot, to);
    await move.migrateKeys();
    await move.finish();
  }

  /** Thaws what is frozen, starts what is dead, and waits until all is well; roles may have changed. */
  async restore(): Promise<void> {
    for (const node of this.nodes) if (node.isRunning) node.thaw();
    await Promise.all(this.nodes.filter((node) => !node.isRunning).map((node) => node.restart()));
    await this.settled();
  }

  /** Resolves when every node serves all slots, agrees on who is master, and every replica is in sync. */
  async settled(): Promise<void> {
    const size = this.nodes.length;
    await until('every node of the cluster is well', async () => {
      const views = await Promise.all(this.nodes.map(viewOf));
      const roles = views.map(({ nodes }) => nodes.map(rolesOf).sort().join());
      return views.every((view) => isSettled(view, size)) && new Set(roles).size === 1;
    });
    const replicas = await this.#replicas();
    await Promise.all(replicas.map((replica) => replica.inSync()));
  }

  /** Ends all nodes and removes their data. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async #join(): Promise<void> {
    const ranges = slotRanges(this.masters.length);
    await Promise.all(
      this.nodes.map(async (node, index) => {
        // Distinct from the start, so that no two nodes have to argue about one.
        await node.must('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
        const range = ranges[index];
        if (range) await node.must('CLUSTER', 'ADDSLOTSRANGE', ...range.map(String));
        for (const { port, busPort } of this.nodes.slice(index + 1)) {
          await node.must('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
        }
      }),
    );
    const ids = await Promise.all(this.masters.map(async (one) => (await viewOf(one)).self.id));
    await Promise.all(
      this.replicas.map((replica, index) => {
        const id = ids[index % ids.length] ?? '';
        return until(`port ${replica.port} becomes a replica`, async () => {
          // Refused until the replica has heard of the master.
          return (await replica.command('CLUSTER', 'REPLICATE', id)) === '+OK\r\n';
        });
      }),
    );
    await this.settled();
  }

  async #replicas(): Promise<RedisServer[]> {
    const views = await this.#views();
    return views
      .filter(({ view: { self } }) => self.flags.includes('slave'))
      .map(({ server }) => server);
  }

  /** The views of those nodes that answer. */
  async #views() {
    const asked = this.nodes.map(async (server) => ({ server, view: await viewOf(server) }));
    return (await Promise.allSettled(asked)).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    );
  }
}

const rolesOf = ({ id, masterId, slots }: { id: string; masterId: string; slots: number[][] }) =>
  `${id} ${masterId} ${slots.join('+')}`;

export { slotOf };
