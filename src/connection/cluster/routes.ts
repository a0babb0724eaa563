import type { AnyClient, ClientOptions } from '../../commands/client.ts';
import { sleep } from '../../pipeline/sleep.ts';
import type { ShardLine } from '../line.ts';
import type { Address } from '../template.ts';
import { within } from '../within.ts';
import type { Nodes } from './nodes.ts';
import { reachableAt, type ClusterOptions, type Router } from './router.ts';
import { rangesOfReply } from './slot-map.ts';
import type { Topology } from './topology.ts';

/** How often the other nodes are asked who serves the slots of a master that is away. */
const LOOK_MS = 100;

/** What a router is replaced with, and by whose means. */
export interface RoutesParts {
  readonly options: ClusterOptions;
  readonly nodes: Nodes;
  readonly topology: Topology;
  readonly connectMs: number;
  readonly maxDelayMs: number;
  /** @throws Failure */
  readonly discover: (roots: readonly ClientOptions[], signal: AbortSignal) => Promise<Router>;
}

/**
 * The router in use, and how a fresh one takes its place: while a master is away the other nodes are
 * asked who serves its slots, and only a different answer makes a fresh router. The client would go on
 * asking the lost one for ever.
 */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #stop = new AbortController();
  #router: Router;
  #replacedAt = -Infinity;
  #isLooking = false;

  constructor(parts: RoutesParts, router: Router) {
    this.#parts = parts;
    this.#router = router;
    this.#adopt(router);
  }

  get router(): Router {
    return this.#router;
  }

  /** Nodes that answer know the slots best; where none does, it is what the user gave. */
  get roots(): readonly ClientOptions[] {
    const { options, nodes } = this.#parts;
    const answering = this.#router.client.masters.filter((node) => nodes.to(node).available);
    if (answering.length === 0) return options.rootNodes;
    return answering.map((node) => ({ socket: { ...reachableAt(node, options.nodeAddressMap) } }));
  }

  /** Where the master of a shard, or any node that answers, can be reached; undefined where none can. */
  reachable(shard: ShardLine | undefined): Address | undefined {
    const { masters } = this.#router.client;
    const node = shard
      ? masters.find(({ address }) => address === shard.address)
      : masters.find((master) => this.#parts.nodes.to(master).available);
    return node && reachableAt(node, this.#parts.options.nodeAddressMap);
  }

  /** A client of one node, never connected; undefined where it is no node at the moment. */
  nodeTemplate(address: string): AnyClient | undefined {
    const { nodes, options } = this.#parts;
    const node = this.#router.client.nodeByAddress.get(address);
    return (
      node &&
      nodes.template.duplicate({
        url: undefined,
        socket: { ...nodes.template.options?.socket, ...reachableAt(node, options.nodeAddressMap) },
        ...(node.readonly && { readonly: true }),
      })
    );
  }

  /** Looks for who serves what until every shard can be reached. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const jitterMs = () => LOOK_MS * (0.5 + Math.random());
    while (this.#parts.topology.isIncomplete && (await sleep(jitterMs(), this.#stop.signal))) {
      if (await this.#isOutdated()) await this.replace();
    }
    this.#isLooking = false;
  }

  /** Puts a fresh router in place of the present one; false where that was just done, or cannot be. */
  async replace(): Promise<boolean> {
    const { topology, discover, maxDelayMs } = this.#parts;
    if (performance.now() - this.#replacedAt < maxDelayMs) return false;
    this.#replacedAt = performance.now();
    try {
      const fresh = await discover(this.roots, this.#stop.signal);
      if (this.#stop.signal.aborted) {
        fresh.discard();
        return false;
      }
      const old = this.#router;
      this.#router = fresh;
      this.#adopt(fresh);
      topology.follow(fresh);
      old.discard();
      return true;
    } catch {
      // Whoever is asked next may know.
      return false;
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#router.discard();
  }

  #adopt(router: Router): void {
    const { nodes } = this.#parts;
    router.connectThrough((node) => nodes.clientOf(node), nodes.template);
  }

  async #isOutdated(): Promise<boolean> {
    const node = this.#parts.nodes.anyAvailable?.available;
    // Where nobody answers, all that is left is to ask the roots.
    if (!node) return true;
    try {
      const asked = node.ask('CLUSTER', 'SLOTS');
      const { connectMs } = this.#parts;
      const ranges = rangesOfReply(await within(connectMs, 'The node does not answer', asked));
      return ranges !== undefined && ranges !== this.#router.ranges;
    } catch {
      return false;
    }
  }
}
