import type { RetryOptions } from '../options/types.ts';

/**
 * A token bucket that bounds retries to a share of the traffic, so that they cannot multiply an
 * outage. It starts full: one reset with thousands in flight is what retries are for.
 */
export class RetryBudget {
  readonly #options: Pick<RetryOptions, 'budgetRatio' | 'budgetPerSecond'>;
  readonly #size: number;
  #tokens: number;
  #countedAt: number = performance.now();

  constructor(options: Pick<RetryOptions, 'budgetRatio' | 'budgetPerSecond'>, size: number) {
    this.#options = options;
    this.#size = size;
    this.#tokens = size;
  }

  /** Retries that may be made at this moment. */
  get left(): number {
    return Math.floor(this.#tokens);
  }

  /** A call was made, which earns a share of a retry. */
  earn(): void {
    if (this.#tokens < this.#size) this.#tokens += this.#options.budgetRatio;
  }

  /** Takes a retry; false if there is none left. */
  spend(): boolean {
    const now = performance.now();
    const earned = ((now - this.#countedAt) / 1_000) * this.#options.budgetPerSecond;
    this.#tokens = Math.min(this.#size, this.#tokens + earned);
    this.#countedAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
