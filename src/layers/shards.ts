import type { ShardLine, Shards } from '../connection/line.ts';
import type { Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';

/** The layers in front of one line, linked. */
export interface Lane {
  readonly head: Layer;
  /** Forgets what observes the line; its calls have been failed. */
  close(): void;
}

/**
 * Where the way of a call forks in a cluster: each shard has a circuit, a bulkhead and a waiting room
 * of its own, so that a lost shard costs the others nothing. Without shards there is no fork.
 */
export class ShardsLayer extends Layer {
  readonly #shards: Shards;
  readonly #common: Lane;
  readonly #makeLane: (shard: ShardLine) => Lane;
  readonly #lanes = new Map<ShardLine, Lane>();

  constructor(shards: Shards, common: Lane, makeLane: (shard: ShardLine) => Lane) {
    super();
    this.#shards = shards;
    this.#common = common;
    this.#makeLane = makeLane;
    this.wrap(common.head);
  }

  override send(call: Call): void {
    // A blocking command has a connection to itself, whatever shard it asks.
    const shard = call.policy.blocking ? undefined : this.#shards.shardOf(call);
    const lane = shard ? (this.#lanes.get(shard) ?? this.#open(shard)) : this.#common;
    call.way = lane.head;
    lane.head.send(call);
  }

  override cancel(call: Call, reason: Failure): void {
    call.way?.cancel(call, reason);
  }

  override close(): void {
    this.#common.head.close();
    for (const lane of this.#lanes.values()) lane.head.close();
  }

  #open(shard: ShardLine): Lane {
    const lane = this.#makeLane(shard);
    this.#lanes.set(shard, lane);
    shard.listen({
      onDissolved: () => {
        this.#lanes.delete(shard);
        lane.close();
      },
    });
    this.receiveFrom(lane.head);
    return lane;
  }
}
