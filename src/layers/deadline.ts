import { failure, type Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { Deadlines, lift } from '../pipeline/deadlines.ts';
import { Layer } from '../pipeline/layer.ts';

/** Bounds the whole call: waiting, attempts and delays together. */
export class DeadlineLayer extends Layer {
  readonly #deadlines = new Deadlines<Call>((call) => {
    this.#expired(call);
  });

  override send(call: Call): void {
    call.deadline = this.#deadlines.add(call, call.policy.totalMs);
    this.inner.send(call);
  }

  override dispatched(call: Call): void {
    // A blocking command waits at the server for as long as it says; the attempt's deadline knows.
    if (call.policy.blocking) lift(call.deadline);
    this.outer.dispatched(call);
  }

  override succeeded(call: Call, reply: unknown): void {
    lift(call.deadline);
    this.outer.succeeded(call, reply);
  }

  override failed(call: Call, reason: Failure): void {
    lift(call.deadline);
    this.outer.failed(call, reason);
  }

  override cancel(call: Call, reason: Failure): void {
    lift(call.deadline);
    this.inner.cancel(call, reason);
  }

  override close(): void {
    this.#deadlines.close();
    super.close();
  }

  #expired(call: Call): void {
    const { operation, policy, executionIfGivenUp: execution } = call;
    const message =
      execution === 'unknown'
        ? `${operation.name} got no reply within ${policy.totalMs} ms; it may have been executed`
        : `${operation.name} could not be sent within ${policy.totalMs} ms`;
    const reason = failure({ kind: 'timeout', execution, message });
    this.cancel(call, reason);
    this.outer.failed(call, reason);
  }
}
