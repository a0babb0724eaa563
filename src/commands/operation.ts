import type { AnyClient } from './client.ts';
import type { ReplayClass } from './replay.ts';
import type { Key } from './transcribe.ts';
import type { Wire } from './wire.ts';

/** How a client was looked at: the chain of calls (`withTypeMapping(...)`, ...) that leads to the view. */
export type View = readonly (readonly [method: string, args: readonly unknown[]])[];

/** A connection, as far as an operation needs it. */
export interface Target {
  /** The connection's client under a view; the same object for the same view. */
  clientFor(view: View): AnyClient;
}

/** What a call does when its turn comes: a command, a script, or a whole transaction. */
export interface Operation {
  /** The command's name, in capitals, for options and logs. */
  readonly name: string;
  /** Scripts and functions may answer with any error after they have written. */
  readonly script: boolean;
  /** How safe it is to repeat, where that needs no look at the wire: in a storm of failures, one is too many. */
  readonly replayClass?: ReplayClass | undefined;
  /** Hands it to a connection's client. */
  execute(target: Target, args: readonly unknown[]): Promise<unknown>;
  /** What it sends, where that matters: learned without sending it. */
  wires(args: readonly unknown[]): readonly Wire[];
  /** The keys that decide which shard of a cluster it goes to; none where any will do. */
  readonly keysOf?: ((args: readonly unknown[]) => readonly Key[]) | undefined;
  /** Set for WATCH, SELECT and the like: what a success changes of the connection's session. */
  readonly afterwards?: ((target: Target, args: readonly unknown[]) => void) | undefined;
  /** Set for what must run on one certain connection; says why it cannot run on this one. */
  readonly refusedBy?: ((target: Target) => string | undefined) | undefined;
}
