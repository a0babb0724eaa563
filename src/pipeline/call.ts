import { AsyncResource } from 'node:async_hooks';
import type { Deadline } from './deadlines.ts';
import type { Operation } from '../commands/operation.ts';
import { worstExecution, type Failure } from '../failures/failure.ts';
import type { Execution } from '../failures/kinds.ts';
import type { CallPolicy } from '../options/settings.ts';
import type { OpenSpan } from './open-span.ts';

/** One try of a call, in flight on a connection. */
export interface Attempt {
  readonly call: Call;
  /** Set while it has a deadline of its own. */
  deadline: Deadline<Attempt> | undefined;
  /** Gives the reply up: it still counts as in flight, and is ignored when it comes. */
  abandon(): void;
}

/** Nobody has to be told when a call is forgotten: to be told would cost each a watch. */
const UNWATCHED = { requireManualDestroy: true };

/**
 * What a user asked for: one command or one transaction, on its way through the layers. Bound to its
 * caller's async context: what timers and sockets do for it later belongs to that context too.
 */
export class Call extends AsyncResource {
  readonly operation: Operation;
  readonly args: readonly unknown[];
  readonly policy: CallPolicy;
  readonly signal: AbortSignal | undefined;
  readonly startedAt: number = performance.now();

  /** Times that it was handed to a connection. */
  attempts = 0;
  /** The most that may have happened at the server in any attempt so far. */
  execution: Execution = 'not-sent';
  /** Set while an attempt is in flight. */
  attempt: Attempt | undefined;
  /** The circuit's period in which it was admitted; an outcome from an earlier one teaches nothing. */
  period = 0;
  /** Which way it took where they fork: in a cluster that of its shard. */
  way: { cancel(call: Call, reason: Failure): void } | undefined;
  /** Set while it waits for a connection. */
  waiting: { leave(): void } | undefined;
  /** Set while the whole call has a deadline. */
  deadline: Deadline<Call> | undefined;
  /** Set while somebody traces it. */
  span: OpenSpan | undefined;
  /** Set once a fallback has answered: what made it necessary. */
  fellBackOn: Failure | undefined;
  settled = false;
  /** Whether a reply of `null` is a failure. */
  strict = false;

  promise: Promise<unknown> | undefined;
  resolve: (reply: unknown) => void = noop;
  reject: (error: unknown) => void = noop;

  constructor(
    operation: Operation,
    args: readonly unknown[],
    policy: CallPolicy,
    signal: AbortSignal | undefined,
  ) {
    super('RedisCall', UNWATCHED);
    this.operation = operation;
    this.args = args;
    this.policy = policy;
    this.signal = signal;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /** What may have happened at the server, if nobody waited for it any more from now on. */
  get executionIfGivenUp(): Execution {
    return worstExecution(this.execution, this.attempt ? 'unknown' : 'not-sent');
  }

  /** Milliseconds that are left of the whole call; Infinity without a deadline. */
  get remainingMs(): number {
    return this.policy.totalMs - this.elapsedMs;
  }
}

function noop(): void {
  // A call without a caller.
}
