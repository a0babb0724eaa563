/** The three kinds of pub/sub, as node-redis names them. */
export type PubSubType = 'CHANNELS' | 'PATTERNS' | 'SHARDED';

/** What a user passes to `subscribe`. */
export type Listener = (message: unknown, channel: unknown) => unknown;

interface ChannelListeners {
  unsubscribing: boolean;
  readonly buffers: Set<Listener>;
  readonly strings: Set<Listener>;
}

/** Who listens to what, in the shape that node-redis takes to restore it. */
export type ListenersByChannel = Map<string, ChannelListeners>;

/** Lets a message through, or not: during an overlap two connections deliver the same one. */
export type Gate = (listener: Listener) => Listener;

/** Everything a client is subscribed to, kept apart from connections: it outlives them. */
export class Subscriptions {
  readonly #types: Readonly<Record<PubSubType, ListenersByChannel>> = {
    CHANNELS: new Map(),
    PATTERNS: new Map(),
    SHARDED: new Map(),
  };

  get isEmpty(): boolean {
    return Object.values(this.#types).every((channels) => channels.size === 0);
  }

  add(
    type: PubSubType,
    channels: string | readonly string[],
    listener: Listener,
    buffers = false,
  ): void {
    for (const channel of [channels].flat()) {
      let listeners = this.#types[type].get(channel);
      if (!listeners) {
        listeners = { unsubscribing: false, buffers: new Set(), strings: new Set() };
        this.#types[type].set(channel, listeners);
      }
      (buffers ? listeners.buffers : listeners.strings).add(listener);
    }
  }

  /** Removes a listener, or without one all of a channel, or without a channel all of the type. */
  remove(
    type: PubSubType,
    channels?: string | readonly string[],
    listener?: Listener,
    buffers = false,
  ): void {
    const all = this.#types[type];
    if (channels === undefined) {
      all.clear();
      return;
    }
    for (const channel of [channels].flat()) {
      const listeners = all.get(channel);
      if (!listeners) continue;
      if (listener) (buffers ? listeners.buffers : listeners.strings).delete(listener);
      if (!listener || listeners.buffers.size + listeners.strings.size === 0) all.delete(channel);
    }
  }

  /** The channels of a type. */
  channels(type: PubSubType): string[] {
    return [...this.#types[type].keys()];
  }

  /** Takes a channel out, to be carried elsewhere: who listened to it, and in which form. */
  take(type: PubSubType, channel: string): { listener: Listener; buffers: boolean }[] {
    const listeners = this.#types[type].get(channel);
    this.#types[type].delete(channel);
    return [
      ...[...(listeners?.strings ?? [])].map((listener) => ({ listener, buffers: false })),
      ...[...(listeners?.buffers ?? [])].map((listener) => ({ listener, buffers: true })),
    ];
  }

  /** A copy for one connection, whose client will change it; each listener behind the connection's gate. */
  listeners(gate: Gate): [PubSubType, ListenersByChannel][] {
    const copy = ({ buffers, strings }: ChannelListeners): ChannelListeners => ({
      unsubscribing: false,
      buffers: new Set([...buffers].map(gate)),
      strings: new Set([...strings].map(gate)),
    });
    return Object.entries(this.#types)
      .filter(([, channels]) => channels.size > 0)
      .map(([type, channels]) => [
        type as PubSubType,
        new Map([...channels].map(([channel, listeners]) => [channel, copy(listeners)])),
      ]);
  }
}
