import { failure, worstExecution, type Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { Deadlines, lift } from '../pipeline/deadlines.ts';
import { Layer } from '../pipeline/layer.ts';

/** Bounds the whole call: by its total time, and by the caller's own signal. */
export class DeadlineLayer extends Layer {
  readonly #deadlines = new Deadlines<Call>((call) => {
    this.#expired(call);
  });
  readonly #aborts = new WeakMap<Call, () => void>();

  override send(call: Call): void {
    call.deadline = this.#deadlines.add(call, call.policy.totalMs);
    if (call.signal && !this.#follow(call, call.signal)) return;
    this.inner.send(call);
  }

  override dispatched(call: Call): void {
    // A blocking command waits at the server for as long as it says; the attempt's deadline knows.
    if (call.policy.blocking) lift(call.deadline);
    this.outer.dispatched(call);
  }

  override succeeded(call: Call, reply: unknown): void {
    this.#forget(call);
    this.outer.succeeded(call, reply);
  }

  override failed(call: Call, failure: Failure): void {
    this.#forget(call);
    this.outer.failed(call, failure);
  }

  override cancel(call: Call, failure: Failure): void {
    this.#forget(call);
    this.inner.cancel(call, failure);
  }

  override close(): void {
    this.#deadlines.close();
    super.close();
  }

  #expired(call: Call): void {
    const { operation, policy } = call;
    const execution = certainty(call);
    this.#end(call, {
      kind: 'timeout',
      execution,
      message:
        execution === 'unknown'
          ? `${operation.name} got no reply within ${policy.totalMs} ms; it may have been executed`
          : `${operation.name} could not be sent within ${policy.totalMs} ms`,
    });
  }

  /** Ends the call when its signal does; false if that has already happened. */
  #follow(call: Call, signal: AbortSignal): boolean {
    const aborted = () => {
      const execution = certainty(call);
      this.#end(call, {
        kind: 'aborted',
        execution,
        message: 'The command was aborted',
        cause: signal.reason,
      });
    };
    if (signal.aborted) {
      aborted();
      return false;
    }
    signal.addEventListener('abort', aborted);
    this.#aborts.set(call, () => {
      signal.removeEventListener('abort', aborted);
    });
    return true;
  }

  #end(call: Call, facts: Parameters<typeof failure>[0]): void {
    const reason = failure(facts);
    this.cancel(call, reason);
    this.outer.failed(call, reason);
  }

  #forget(call: Call): void {
    lift(call.deadline);
    if (call.signal) this.#aborts.get(call)?.();
  }
}

/** What may have happened to a call that is given up now. */
function certainty(call: Call): Failure['execution'] {
  return worstExecution(call.execution, call.attempt ? 'unknown' : 'not-sent');
}
