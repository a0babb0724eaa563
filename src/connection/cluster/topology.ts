import { failure, type Failure } from '../../failures/failure.ts';
import type { Nodes } from './nodes.ts';
import type { ClusterNode, Router } from './router.ts';
import { Shard } from './shard.ts';
import { SLOTS } from './slot-map.ts';

/** What a node that leaves takes with it: calls in flight that it does not answer any more. */
const LEFT: Failure = failure({
  kind: 'transport',
  execution: 'unknown',
  message: 'The node has no part in the cluster any more',
});

/** What waits for a shard that was dissolved: certainly not sent, so it finds its way anew. */
const DISSOLVED: Failure = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'The shard was merged into others',
});

/** Which shard has which slot, kept in step with what the router knows. */
export class Topology {
  readonly #nodes: Nodes;
  readonly #useReplicas: boolean;
  /** By the address of the master. */
  #shards: ReadonlyMap<string, Shard> = new Map();
  #bySlot: readonly (Shard | undefined)[] = [];
  #known: Router['slots'] | undefined;

  constructor(nodes: Nodes, useReplicas: boolean) {
    this.#nodes = nodes;
    this.#useReplicas = useReplicas;
  }

  /** Whether calls to some shard have to wait. */
  get isIncomplete(): boolean {
    return [...this.#shards.values()].some(({ available }) => !available);
  }

  shardAt(slot: number): Shard | undefined {
    return this.#bySlot[slot];
  }

  /** Follows the router, which learns of moved slots by itself too; costs nothing where nothing moved. */
  follow(router: Router): void {
    if (router.slots === this.#known) return;
    this.#known = router.slots;
    const before = { shards: this.#shards, bySlot: this.#bySlot };
    const masters = new Set(router.client.masters.map(({ address }) => address));
    const shards = new Map<string, Shard>();
    const bySlot = new Array<Shard | undefined>(SLOTS);
    for (let slot = 0; slot < SLOTS; slot++) {
      const master = router.slots[slot]?.master;
      if (!master) continue;
      let shard = shards.get(master.address);
      if (!shard) {
        shard = before.shards.get(master.address) ?? heir(before.bySlot[slot], masters);
        shard = this.#led(shard, master);
        shards.set(master.address, shard);
      }
      bySlot[slot] = shard;
    }
    this.#shards = shards;
    this.#bySlot = bySlot;
    const left = new Set(shards.values());
    for (const shard of before.shards.values()) {
      if (!left.has(shard)) shard.dissolve(DISSOLVED);
    }
    const replicas = this.#useReplicas ? router.client.replicas : [];
    for (const replica of replicas) this.#nodes.to(replica);
    this.#nodes.keepOnly(new Set([...masters, ...replicas.map(({ address }) => address)]), LEFT);
  }

  /** Ends all shards, as the cluster is closed. */
  dissolve(reason: Failure): void {
    for (const shard of this.#shards.values()) shard.dissolve(reason);
    this.#shards = new Map();
    this.#bySlot = [];
  }

  #led(shard: Shard | undefined, master: ClusterNode): Shard {
    const node = this.#nodes.to(master);
    if (!shard) return new Shard(master.address, node);
    shard.moveTo(master.address, node);
    return shard;
  }
}

/** A shard whose master is gone goes on under the node that has its slots now: the first, if there are several. */
function heir(shard: Shard | undefined, masters: ReadonlySet<string>): Shard | undefined {
  return shard && !masters.has(shard.address) ? shard : undefined;
}
