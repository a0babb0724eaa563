import type { Failure } from '../failures/failure.ts';
import { toError } from '../failures/to-error.ts';
import type { Fallback } from '../options/types.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';

/** How long a fallback may take where the call itself has no deadline. */
const UNBOUNDED_CALL_MS = 5_000;

/** A call whose fallback has not answered yet. */
interface Asked {
  readonly reason: Failure;
  readonly timer: NodeJS.Timeout;
}

/** Asks the user's function for another answer when Redis could not be asked. */
export class FallbackLayer extends Layer {
  readonly #stackTraces: boolean;
  readonly #asked = new Map<Call, Asked>();

  constructor(stackTraces: boolean) {
    super();
    this.#stackTraces = stackTraces;
  }

  override failed(call: Call, reason: Failure): void {
    const { fallback } = call.policy;
    if (fallback && reason.verdict.outage) this.#ask(call, reason, fallback);
    else this.outer.failed(call, reason);
  }

  override cancel(call: Call, reason: Failure): void {
    this.#end(call);
    this.inner.cancel(call, reason);
  }

  override close(): void {
    for (const call of [...this.#asked.keys()]) this.#giveUp(call);
    super.close();
  }

  #ask(call: Call, reason: Failure, fallback: Fallback): void {
    const { operation, attempts, elapsedMs, policy } = call;
    // A fallback begins where the call's time is often used up, so it gets as much again.
    const boundMs = policy.totalMs === Infinity ? UNBOUNDED_CALL_MS : policy.totalMs;
    const timer = setTimeout(() => {
      this.#giveUp(call);
    }, boundMs);
    this.#asked.set(call, { reason, timer });
    const facts = { command: operation.name, attempts, elapsedMs };
    const error = toError(reason, facts, this.#stackTraces);
    new Promise((resolve) => {
      // What ended the call, a timer for example, is in another context or none.
      resolve(call.runInAsyncScope(fallback, undefined, error));
    }).then(
      (value) => {
        if (!this.#end(call)) return;
        call.fellBackOn = reason;
        this.outer.succeeded(call, value);
      },
      () => {
        this.#giveUp(call);
      },
    );
  }

  #giveUp(call: Call): void {
    const reason = this.#end(call);
    if (reason) this.outer.failed(call, reason);
  }

  /** Ends the wait for an answer and returns what made it necessary; undefined if it had ended before. */
  #end(call: Call): Failure | undefined {
    const asked = this.#asked.get(call);
    clearTimeout(asked?.timer);
    this.#asked.delete(call);
    return asked?.reason;
  }
}
