import type { AnyClient } from '../commands/client.ts';
import { failure, type Failure } from '../failures/failure.ts';
import type { ConnectionOptions } from '../options/types.ts';
import { fullJitterMs } from '../pipeline/sleep.ts';

/** A delay, or the end of all attempts. */
type Next = { readonly ms: number } | { readonly gaveUp: Failure };

type Strategy = (tries: number, cause: unknown) => unknown;

/**
 * How long to wait before the next attempt to connect. The template's own strategy is asked where it
 * is a function; what it answers counts, and giving up closes the client.
 */
export class ReconnectDelay {
  readonly #options: ConnectionOptions;
  readonly #strategy: Strategy | undefined;
  #tries = 0;
  #readyAt = Infinity;

  constructor(template: AnyClient, options: ConnectionOptions) {
    const strategy = template.options?.socket?.reconnectStrategy;
    this.#strategy = typeof strategy === 'function' ? (strategy as Strategy) : undefined;
    this.#options = options;
  }

  /** The longest that the next delay can be. */
  get ceilingMs(): number {
    const { baseDelayMs, maxDelayMs } = this.#options;
    return Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(this.#tries, 30));
  }

  /** Begins with short delays again. */
  reset(): void {
    this.#tries = 0;
  }

  /** A connection is ready; one that is lost within `baseDelayMs` was but another failed attempt. */
  ready(): void {
    this.#readyAt = performance.now();
  }

  /** What comes next after the last failure; the very first attempt is not delayed. */
  next(last: Failure | undefined): Next {
    if (performance.now() - this.#readyAt > this.#options.baseDelayMs) this.reset();
    this.#readyAt = Infinity;
    if (!last) return { ms: 0 };
    const tries = this.#tries++;
    try {
      const answer = this.#strategy?.(tries, last.cause ?? new Error(last.message));
      if (typeof answer === 'number') return { ms: answer };
      if (answer === false || answer instanceof Error) return { gaveUp: gaveUp(last, answer) };
    } catch {
      // As the client does: a strategy that fails is replaced by the default.
    }
    return { ms: fullJitterMs(tries, this.#options.baseDelayMs, this.#options.maxDelayMs) };
  }
}

function gaveUp(last: Failure, answer: Error | false): Failure {
  return failure({
    kind: 'closed',
    execution: 'not-sent',
    message: answer ? answer.message : 'The reconnect strategy gave up',
    cause: answer || (last.cause ?? new Error(last.message)),
  });
}
