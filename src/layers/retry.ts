import pRetry from 'p-retry';
import { mayReplay, mostDangerous, replayClassOf, type ReplayClass } from '../commands/replay.ts';
import type { Line } from '../connection/line.ts';
import { CLOSED, worstExecution, type Failure } from '../failures/failure.ts';
import { REFUSALS } from '../failures/kinds.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';
import { fullJitterMs, sleep } from '../pipeline/sleep.ts';
import type { EventHub } from '../telemetry/hub.ts';
import { summarize } from '../telemetry/redact.ts';
import type { Counters } from '../telemetry/stats.ts';
import type { RetryBudget } from './retry-budget.ts';

/** A call that failed once and is being tried again. */
interface Loop {
  readonly stop: AbortController;
  attempt: { succeed(reply: unknown): void; fail(error: AttemptError): void } | undefined;
  /** The last attempt that failed: not every retry becomes an attempt. */
  failedAttempt: number;
  /** Whether credentials were asked for. */
  renewed: boolean;
}

/** p-retry speaks in errors, and takes a failure that is none for a programming mistake. */
class AttemptError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/**
 * Tries a failed call again where that can help and can do no harm. A call enters p-retry with its
 * first failure only: on the healthy path p-retry would cost more than the command.
 */
export class RetryLayer extends Layer {
  readonly #budget: RetryBudget;
  readonly #line: Line;
  readonly #hub: EventHub;
  readonly #counters: Counters;
  readonly #loops = new Map<Call, Loop>();

  constructor(budget: RetryBudget, line: Line, hub: EventHub, counters: Counters) {
    super();
    this.#budget = budget;
    this.#line = line;
    this.#hub = hub;
    this.#counters = counters;
  }

  override send(call: Call): void {
    this.#budget.earn();
    this.inner.send(call);
  }

  override succeeded(call: Call, reply: unknown): void {
    const loop = this.#loops.get(call);
    if (loop) loop.attempt?.succeed(reply);
    else this.outer.succeeded(call, reply);
  }

  override failed(call: Call, reason: Failure): void {
    call.execution = worstExecution(call.execution, reason.execution);
    const loop = this.#loops.get(call);
    const { attempts: attempt } = call;
    if (attempt > (loop?.failedAttempt ?? 0) && this.#hub.wants('attempt.failed')) {
      const [command, failure] = [call.operation.name, summarize(reason)];
      this.#hub.state({ type: 'attempt.failed', command, attempt, failure }, call);
    }
    if (loop) {
      loop.failedAttempt = attempt;
      loop.attempt?.fail(attemptError(reason));
    } else if (this.#mayRetry(call, reason)) this.#retry(call, reason);
    else this.#fail(call, reason);
  }

  override cancel(call: Call, reason: Failure): void {
    this.#loops.get(call)?.stop.abort();
    this.#loops.delete(call);
    this.inner.cancel(call, reason);
  }

  override close(): void {
    const closed = { ...CLOSED, forgettable: true };
    for (const call of [...this.#loops.keys()]) {
      this.cancel(call, closed);
      this.#fail(call, closed);
    }
    super.close();
  }

  /** Tells what the last failure does not know: an earlier attempt may have been executed. */
  #fail(call: Call, reason: Failure): void {
    const { execution } = call;
    this.outer.failed(call, execution === reason.execution ? reason : { ...reason, execution });
  }

  #retry(call: Call, first: Failure): void {
    const loop: Loop = {
      stop: new AbortController(),
      attempt: undefined,
      failedAttempt: call.attempts,
      renewed: false,
    };
    this.#loops.set(call, loop);
    let before = first;
    let begun = false;
    const input = () => {
      if (begun) return this.#again(call, loop);
      begun = true;
      throw attemptError(first);
    };
    const shouldRetry = async ({ error }: { error: Error }) => {
      const reason = (error as AttemptError).failure;
      if (REFUSALS.has(reason.kind)) return false;
      before = reason;
      return this.#mayRetry(call, reason) && (await this.#wait(call, reason, loop));
    };
    pRetry(input, {
      retries: call.policy.maxAttempts - 1,
      minTimeout: 0,
      signal: loop.stop.signal,
      shouldRetry,
    }).then(
      (reply) => {
        if (this.#loops.delete(call)) this.outer.succeeded(call, reply);
      },
      (error: unknown) => {
        if (!this.#loops.delete(call)) return;
        const last = error instanceof AttemptError ? error.failure : before;
        // A retry that was refused tells the caller nothing: what made it necessary does.
        this.#fail(call, REFUSALS.has(last.kind) ? before : last);
      },
    );
  }

  #again(call: Call, loop: Loop): Promise<unknown> {
    return new Promise((succeed, fail) => {
      loop.attempt = { succeed, fail };
      this.#counters.retries++;
      // What ended the attempt before, a timer for example, is in another context or none.
      call.runInAsyncScope(() => {
        this.inner.send(call);
      });
    });
  }

  /** The rule of the house: only what can help, and after `unknown` only what can do no harm. */
  #mayRetry(call: Call, reason: Failure): boolean {
    const { maxAttempts, retry } = call.policy;
    if (call.settled || call.attempts >= maxAttempts || reason.verdict.retry === 'never')
      return false;
    if (reason.verdict.retry === 'with-new-credentials' && !this.#mayRenew(call)) return false;
    if (reason.execution === 'executed') return false;
    if (reason.execution !== 'unknown') return true;
    const replayClass = classOf(call);
    // What the server has not answered may still run there: only the peer's hang-up ends that.
    return (
      mayReplay(retry.replay, replayClass) && (replayClass === 'read' || reason.endedBy === 'peer')
    );
  }

  /** Credentials are asked for once per call: if the new ones are refused as well, it is no accident. */
  #mayRenew(call: Call): boolean {
    return this.#line.canRenewCredentials && this.#loops.get(call)?.renewed !== true;
  }

  /** Waits until another attempt makes sense; false if it cannot within the call's time or budget. */
  async #wait(call: Call, reason: Failure, loop: Loop): Promise<boolean> {
    const delayMs = delayBefore(call, reason);
    if (delayMs >= call.remainingMs) return false;
    const { name: command } = call.operation;
    if (!this.#budget.spend()) {
      this.#counters.budgetExhausted++;
      const failure = summarize(reason);
      this.#hub.state({ type: 'retry.budget-exhausted', command, failure }, call);
      return false;
    }
    const { retry } = reason.verdict;
    loop.renewed ||= retry === 'with-new-credentials';
    if (retry === 'on-new-connection' || retry === 'with-new-credentials') {
      if (!(await this.#line.renew(reason))) return false;
    }
    if (this.#hub.wants('attempt.retried')) {
      const [attempt, failure] = [call.attempts + 1, summarize(reason)];
      this.#hub.state({ type: 'attempt.retried', command, attempt, delayMs, failure }, call);
    }
    const waited = delayMs === 0 || (await sleep(delayMs, loop.stop.signal));
    return waited && !call.settled;
  }
}

/** How dangerous a call is to repeat: as its most dangerous command; what is not known is unsafe. */
function classOf(call: Call): ReplayClass {
  const { operation } = call;
  if (operation.replayClass) return operation.replayClass;
  const wires = operation.wires(call.args);
  return wires.length === 0 ? 'unsafe' : mostDangerous(wires.map(replayClassOf));
}

/** A lost connection needs no delay: the next attempt waits for the next connection. */
function delayBefore(call: Call, reason: Failure): number {
  const { baseDelayMs, maxDelayMs, busyDelayMs } = call.policy.retry;
  const jitterMs = fullJitterMs(call.attempts - 1, baseDelayMs, maxDelayMs);
  switch (reason.verdict.retry) {
    case 'when-server-recovers':
      return busyDelayMs + jitterMs;
    case 'when-safe':
      return reason.kind === 'transport' ? 0 : jitterMs;
    default:
      return 0;
  }
}

function attemptError(reason: Failure): AttemptError {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new AttemptError(reason);
  Error.stackTraceLimit = limit;
  return error;
}
