import type { ResilienceError } from '../failures/errors.ts';
import type { Failure } from '../failures/failure.ts';
import { toError } from '../failures/to-error.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';

/** How long a fallback may take where the call itself has no deadline. */
const UNBOUNDED_CALL_MS = 5_000;

/** Asks the user's function for another answer when Redis could not be asked. */
export class FallbackLayer extends Layer {
  override failed(call: Call, failure: Failure): void {
    const { fallback, totalMs } = call.policy;
    if (!fallback || !failure.verdict.outage) {
      this.outer.failed(call, failure);
      return;
    }
    // A fallback begins where the call's time is often used up, so it gets as much again.
    const boundMs = totalMs === Infinity ? UNBOUNDED_CALL_MS : totalMs;
    const timer = setTimeout(() => {
      this.outer.failed(call, failure);
    }, boundMs);
    const { operation, attempts, elapsedMs } = call;
    const error = toError(failure, { command: operation.name, attempts, elapsedMs });
    new Promise((resolve) => {
      resolve(fallback(error as ResilienceError));
    })
      .then(
        (value) => {
          this.outer.succeeded(call, value);
        },
        () => {
          this.outer.failed(call, failure);
        },
      )
      .finally(() => {
        clearTimeout(timer);
      });
  }
}
