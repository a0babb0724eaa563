import type { Target } from '../commands/operation.ts';
import type { Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import type { AttemptOutcome } from './in-flight.ts';

/** What carries a call to Redis: a connection, or what leads to one shard of a cluster. */
export interface Carrier extends Target {
  readonly id: number;
  /** Dispatched and not answered, those that were given up included. */
  readonly inFlight: number;
  /** Hands a call over; where its outcome goes, unless the attempt is abandoned. */
  dispatch(call: Call, outcome: AttemptOutcome): void;
  /** Asks the server something beside the layers; for probes and health. */
  ask(...command: string[]): Promise<unknown>;
}

/** What a line tells the rest of the library. */
export interface LineListener {
  /** Calls can be dispatched again. */
  onAvailable?(carrier: Carrier): void;
  /** Calls have to wait: the connection is lost, or suspected of being dead. */
  onUnavailable?(reason: Failure): void;
  /** An attempt to connect failed; `refused` if trying again cannot help those who wait. */
  onConnectFailed?(reason: Failure, refused: boolean): void;
  /** An answer has come in, so there is a place in flight. */
  onFree?(): void;
  /** Everything that waits must fail, for this reason. */
  onAbandoned?(reason: Failure): void;
  /** The line is gone for good, as that of a shard whose slots others have now. */
  onDissolved?(): void;
}

/** The way to Redis as layers see it: whether a call can be dispatched at this moment, and to what. */
export interface Line {
  readonly isOpen: boolean;
  /** What calls may be dispatched to at this moment. */
  readonly available: Carrier | undefined;
  /** Why there is nothing to dispatch to, as far as is known. */
  readonly lastFailure: Failure | undefined;
  /** Why a call cannot even wait; undefined while it can. */
  readonly closedFailure: Failure | undefined;
  /** Whether somebody can give other credentials than those that were refused. */
  readonly canRenewCredentials: boolean;
  /** Adds a listener and returns the way to remove it. */
  listen(listener: LineListener): () => void;
  /** Fails everything that waits. */
  abandonWaiting(reason: Failure): void;
  /** Moves to a fresh connection while the present one goes on serving; false if none could be made, or just was. */
  renew(reason: Failure): Promise<boolean>;
}

/** One shard of a cluster, through whatever resharding and failover it goes. */
export interface ShardLine extends Line {
  /** Where its master is at the moment, `host:port`. */
  readonly address: string;
}

/** The shards of a cluster: each fails by itself, so each has a circuit and a bulkhead of its own. */
export interface Shards {
  /** The shard that a call goes to; undefined where any will do, several are needed, or none is known yet. */
  shardOf(call: Call): ShardLine | undefined;
}
