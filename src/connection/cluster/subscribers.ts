import { invoke } from '../../commands/client.ts';
import { slotOf } from '../../commands/slot.ts';
import { failure, type Failure } from '../../failures/failure.ts';
import { sleep } from '../../pipeline/sleep.ts';
import type { ConnectionsParts, Subscriber } from '../connections.ts';
import type { ShardLine } from '../line.ts';
import type { Change, PubSubType } from '../subscriptions.ts';
import { exceptEnds } from './nodes.ts';
import type { Cluster } from './cluster.ts';
import { Receiver } from './receiver.ts';

/** How often a sharded channel that moved is asked for at its new shard. */
const MOVE_TRIES = 50;
const MOVE_DELAY_MS = 100;

const NOWHERE: Failure = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'No node of the cluster can be subscribed at',
});

/**
 * Who receives a cluster's messages: connections of their own, so that a router which is replaced costs
 * no message and brings none twice. Channels and patterns come from any node, a sharded channel from
 * the shard that has its slot.
 */
export class Subscribers {
  readonly #parts: ConnectionsParts;
  readonly #cluster: Cluster;
  readonly #general: Receiver;
  readonly #sharded = new Map<ShardLine | undefined, Receiver>();
  #stop = new AbortController();

  constructor(parts: ConnectionsParts, cluster: Cluster) {
    this.#parts = parts;
    this.#cluster = cluster;
    this.#general = this.#receiver(undefined);
    cluster.listen({
      onAvailable: () => {
        this.#open();
      },
    });
  }

  get isEmpty(): boolean {
    return [this.#general, ...this.#sharded.values()].every(
      ({ subscriptions }) => subscriptions.isEmpty,
    );
  }

  /** Who receives a channel's messages; connects for it where that is possible already. */
  for(type: PubSubType, channel: string | undefined): Subscriber {
    const receiver =
      type === 'SHARDED' && channel !== undefined ? this.#shardedFor(channel) : this.#general;
    const { template } = this.#cluster.connected?.nodes ?? {};
    if (template) receiver.open(template);
    return receiver;
  }

  close(reason: Failure): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#general.close(reason);
    for (const shard of [...this.#sharded.keys()]) this.#leave(shard, reason);
  }

  /** Connects for what was subscribed to before there was a cluster, or before it was closed. */
  #open(): void {
    const { template } = this.#cluster.connected?.nodes ?? {};
    this.#moveAll(undefined);
    for (const receiver of [this.#general, ...this.#sharded.values()]) {
      if (template && !receiver.subscriptions.isEmpty) receiver.open(template);
    }
  }

  #shardedFor(channel: string): Receiver {
    const shard = this.#cluster.shardAt(slotOf(channel));
    let receiver = this.#sharded.get(shard);
    if (!receiver) {
      this.#sharded.set(shard, (receiver = this.#receiver(shard)));
      shard?.listen({
        onDissolved: () => {
          this.#leave(shard, NOWHERE);
        },
      });
    }
    return receiver;
  }

  /** A shard is gone, or the cluster is closed: its channels go where their slots are now, or wait for that. */
  #leave(shard: ShardLine | undefined, reason: Failure): void {
    const receiver = this.#sharded.get(shard);
    if (!receiver || shard === undefined) return;
    this.#moveAll(shard);
    this.#sharded.delete(shard);
    receiver.close(reason);
  }

  #moveAll(from: ShardLine | undefined): void {
    const channels = this.#sharded.get(from)?.subscriptions.of('SHARDED').keys() ?? [];
    for (const channel of [...channels]) this.#move(from, channel);
  }

  #receiver(shard: ShardLine | undefined): Receiver {
    const { settings, hub } = this.#parts;
    const address = () => {
      const found = this.#cluster.connected?.routes.reachable(shard);
      if (!found) throw NOWHERE; // eslint-disable-line @typescript-eslint/only-throw-error -- as failures are passed inside
      return found;
    };
    return new Receiver({
      options: settings.connection,
      credentials: this.#cluster.credentials,
      hub: exceptEnds(hub),
      address,
      onMoved: (channel) => void this.#follow(shard, channel),
    });
  }

  /** Waits until the channel's slot has arrived at another shard, and subscribes there. */
  async #follow(from: ShardLine | undefined, channel: string): Promise<void> {
    const slot = slotOf(channel);
    const { signal } = this.#stop;
    for (let tries = 0; tries < MOVE_TRIES; tries++) {
      if (this.#cluster.shardAt(slot) !== from) {
        this.#move(from, channel);
        return;
      }
      await this.#cluster.renew();
      if (!(await sleep(MOVE_DELAY_MS, signal))) return;
    }
  }

  #move(from: ShardLine | undefined, channel: string): void {
    const taken = this.#sharded.get(from)?.subscriptions.take('SHARDED', channel) ?? [];
    const { subscriptions, current } = this.for('SHARDED', channel);
    for (const { listener, buffers } of taken) {
      subscriptions.add('SHARDED', channel, listener, buffers);
      const ask: Change = (to) =>
        invoke(to.client, 'sSubscribe', channel, to.gate(listener), buffers);
      subscriptions.note(ask);
      if (current) Promise.resolve(ask(current)).catch(ignore);
    }
  }
}

function ignore(): void {
  // The next connection asks again.
}
