import { failure, type Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { Deadlines } from '../pipeline/deadlines.ts';
import { Layer } from '../pipeline/layer.ts';

/** Bounds the whole call: waiting, attempts and delays together. */
export class DeadlineLayer extends Layer {
  readonly #deadlines = new Deadlines<Call>((call) => {
    this.#expired(call);
  });

  override send(call: Call): void {
    call.deadline = this.#deadlines.add(call, call.policy.totalMs, call.startedAt);
    this.inner.send(call);
  }

  override dispatched(call: Call): void {
    // A blocking command waits at the server for as long as it says; the attempt's deadline knows.
    if (call.policy.blocking) call.deadline?.lift();
    this.outer.dispatched(call);
  }

  override succeeded(call: Call, reply: unknown): void {
    call.deadline?.lift();
    this.outer.succeeded(call, reply);
  }

  override failed(call: Call, reason: Failure): void {
    call.deadline?.lift();
    this.outer.failed(call, reason);
  }

  override cancel(call: Call, reason: Failure): void {
    call.deadline?.lift();
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
