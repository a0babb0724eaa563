import { failure, withoutReply, type Failure } from '../../failures/failure.ts';
import { toError } from '../../failures/to-error.ts';
import type { Call } from '../../pipeline/call.ts';

/** Makes the refusals of an open circuit: hundreds of thousands a second, each with an error of its own. */
export class Refusals {
  readonly #stackTraces: boolean;
  /** What opened the circuit, as the error that all refusals of an outage have as their cause. */
  readonly #causes = new WeakMap<Failure, Error>();

  constructor(stackTraces: boolean) {
    this.#stackTraces = stackTraces;
  }

  of(call: Call, why: string, reason: Failure | undefined, retryAfterMs: number): Failure {
    return failure({
      kind: 'circuit-open',
      execution: 'not-sent',
      message: `Cannot send ${call.operation.name}: the circuit is ${why}`,
      retryAfterMs,
      cause: reason && this.#causeOf(reason),
    });
  }

  #causeOf(reason: Failure): Error {
    let error = this.#causes.get(reason);
    if (!error) {
      const facts = { command: 'NONE', attempts: 0, elapsedMs: 0 };
      error = toError(withoutReply(reason), facts, this.#stackTraces);
      this.#causes.set(reason, error);
    }
    return error;
  }
}
