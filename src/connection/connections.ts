import type { AnyClient } from '../commands/client.ts';
import type { Failure } from '../failures/failure.ts';
import type { Settings } from '../options/settings.ts';
import type { EventHub } from '../telemetry/hub.ts';
import type { Target } from '../commands/operation.ts';
import type { SeparateConnector } from './blocking.ts';
import type { Connection } from './connection.ts';
import type { Line, Shards } from './line.ts';
import type { Session } from './session.ts';
import type { PubSubType, Subscriptions } from './subscriptions.ts';
import type { Address } from './template.ts';

/** Who receives messages: what is subscribed to, and the connection that is there at the moment. */
export interface Subscriber {
  readonly subscriptions: Subscriptions;
  readonly current: Pick<Connection, 'client' | 'gate'> | undefined;
  /** Set while its very first connection is being made, which a subscription is worth waiting for. */
  readonly opening?: Promise<void> | undefined;
}

/** Makes the connections behind a client. */
export type Connect = (parts: ConnectionsParts) => Connections;

/** Where sentinels say that the servers are, in the shape that node-redis tells it. */
export interface SentinelNodes {
  readonly master: Address | undefined;
  readonly sentinel: Address | undefined;
  /** Each with the number of connections to it. */
  readonly replicas: ReadonlyMap<Address, number>;
}

/** What a pool says of itself. */
export interface PoolStats {
  readonly size: number;
  readonly idle: number;
  readonly inUse: number;
  /** Calls that wait for a member. */
  readonly waiting: number;
  /** Calls that waited for one in vain. */
  readonly timeouts: number;
}

/** The connections behind one wrapped client: what its kind decides, and nothing else of the library does. */
export interface Connections {
  /** What calls go through; in a cluster those that no single shard can answer. */
  readonly line: Line;
  /** Set where each shard has a line of its own. */
  readonly shards?: Shards;
  /** The client object that knows the nodes at the moment, in a cluster. */
  readonly router?: AnyClient | undefined;
  /** A client of one node of a cluster, never connected; undefined where there is no such node. */
  readonly nodeTemplate?: (address: string) => AnyClient | undefined;
  /** The connection of the client itself, where it has just one. */
  readonly current?: Connection | undefined;
  readonly session: Session;
  /** Another database was selected on this connection, which a fresh one may have replaced meanwhile. */
  selected?(on: Target): void;
  /** Where it connects to, for messages: a URL without credentials. */
  readonly address: string;
  /** Makes the connections of blocking commands. */
  readonly separate: SeparateConnector;
  /** Set for a pool. */
  readonly pool?: PoolStats;
  /** Set where sentinels were asked for the servers. */
  readonly nodes?: SentinelNodes;
  /** Set where a client can be leased: what one with a connection of its own is made from. */
  readonly lease?: { readonly template: AnyClient; readonly connect: Connect };
  readonly inFlight: number;
  /** Begins to connect and goes on until closed. */
  open(): void;
  /** Drops everything without waiting for anything. */
  close(reason: Failure, how?: { readonly reset?: boolean }): void;
  /** Whether an open connection keeps the process alive; no other kind than a client lets its user say so. */
  reference?(referenced: boolean): void;
  /** Who receives the messages of a channel; of any where none is given. */
  subscriber(type: PubSubType, channel?: string): Subscriber;
  readonly isSubscribed: boolean;
}

/** What the connections of a client are made from. */
export interface ConnectionsParts {
  readonly template: AnyClient;
  readonly settings: Settings;
  readonly hub: EventHub;
  /** States an event of the client's own kind to the user's listeners. */
  readonly restate: (event: string, ...args: readonly unknown[]) => void;
  /** Nothing is left to be served, be it that the user closed the client or that it gave up. */
  readonly onClosed: () => void;
}
