import { failure, type Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { Layer } from '../pipeline/layer.ts';

/** Ends a call when its caller's own signal does; the client never gets to see the signal. */
export class AbortLayer extends Layer {
  readonly #unfollow = new WeakMap<Call, () => void>();

  override send(call: Call): void {
    const { signal } = call;
    if (signal?.aborted) {
      this.outer.failed(call, aborted(call, signal));
      return;
    }
    if (signal) this.#follow(call, signal);
    this.inner.send(call);
  }

  override succeeded(call: Call, reply: unknown): void {
    if (call.signal) this.#unfollow.get(call)?.();
    this.outer.succeeded(call, reply);
  }

  override failed(call: Call, reason: Failure): void {
    if (call.signal) this.#unfollow.get(call)?.();
    this.outer.failed(call, reason);
  }

  #follow(call: Call, signal: AbortSignal): void {
    const end = () => {
      const reason = aborted(call, signal);
      this.inner.cancel(call, reason);
      this.failed(call, reason);
    };
    signal.addEventListener('abort', end);
    this.#unfollow.set(call, () => {
      signal.removeEventListener('abort', end);
    });
  }
}

function aborted(call: Call, signal: AbortSignal): Failure {
  return failure({
    kind: 'aborted',
    execution: call.executionIfGivenUp,
    message: 'The command was aborted',
    cause: signal.reason,
  });
}
