import { failure, type Failure } from '../failures/failure.ts';
import type { Attempt, Call } from '../pipeline/call.ts';
import { Deadlines } from '../pipeline/deadlines.ts';
import { Layer } from '../pipeline/layer.ts';

/** Bounds each attempt, from dispatch to reply: the time that no version of node-redis bounds. */
export class AttemptTimeoutLayer extends Layer {
  readonly #deadlines = new Deadlines<Attempt>((attempt) => {
    this.#expired(attempt);
  });

  override dispatched(call: Call): void {
    if (call.attempt)
      call.attempt.deadline = this.#deadlines.add(call.attempt, call.policy.attemptMs);
    this.outer.dispatched(call);
  }

  override close(): void {
    this.#deadlines.close();
    super.close();
  }

  #expired(attempt: Attempt): void {
    const { call } = attempt;
    if (call.attempt !== attempt) return;
    const { operation, policy } = call;
    const reason: Failure = failure({
      kind: 'timeout',
      execution: 'unknown',
      message: `${operation.name} got no reply within ${policy.attemptMs} ms; it may have been executed`,
    });
    this.inner.cancel(call, reason);
    this.outer.failed(call, reason);
  }
}
