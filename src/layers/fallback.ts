import type { ResilienceError } from '../failures/errors.ts';
import type { Failure } from '../failures/failure.ts';
import { toError } from '../failures/to-error.ts';
import type { Fallback } from '../options/types.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';

/** How long a fallback may take where the call itself has no deadline. */
const UNBOUNDED_CALL_MS = 5_000;

/** Asks the user's function for another answer when Redis could not be asked. */
export class FallbackLayer extends Layer {
  /** Calls whose fallback has not answered, each with the way to end the wait. */
  readonly #asked = new Map<Call, () => void>();

  override failed(call: Call, reason: Failure): void {
    const { fallback } = call.policy;
    if (fallback && reason.verdict.outage) this.#ask(call, reason, fallback);
    else this.outer.failed(call, reason);
  }

  override close(): void {
    for (const giveUp of [...this.#asked.values()]) giveUp();
    super.close();
  }

  #ask(call: Call, reason: Failure, fallback: Fallback): void {
    const { operation, attempts, elapsedMs, policy } = call;
    const giveUp = () => {
      if (this.#answered(call)) this.outer.failed(call, reason);
    };
    // A fallback begins where the call's time is often used up, so it gets as much again.
    const boundMs = policy.totalMs === Infinity ? UNBOUNDED_CALL_MS : policy.totalMs;
    const timer = setTimeout(giveUp, boundMs);
    this.#asked.set(call, () => {
      clearTimeout(timer);
      giveUp();
    });
    const error = toError(reason, { command: operation.name, attempts, elapsedMs });
    new Promise((resolve) => {
      resolve(fallback(error as ResilienceError));
    }).then(
      (value) => {
        clearTimeout(timer);
        if (this.#answered(call)) this.outer.succeeded(call, value);
      },
      () => {
        this.#asked.get(call)?.();
      },
    );
  }

  /** Ends the wait for an answer; false if it had ended before. */
  #answered(call: Call): boolean {
    return this.#asked.delete(call);
  }
}
