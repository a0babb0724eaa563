import type { FailureKind } from '../failures/kinds.ts';

/** Counts of one client since it was wrapped; plain integers, since successes are on the hot path. */
export class Counters {
  succeeded = 0;
  fallbacks = 0;
  attempts = 0;
  retries = 0;
  budgetExhausted = 0;
  refused = 0;
  readonly failures: Partial<Record<FailureKind, number>> = {};

  /** Counts a call that failed; refusals are failures that never reached the server. */
  failed(kind: FailureKind, refused: boolean): void {
    this.failures[kind] = (this.failures[kind] ?? 0) + 1;
    if (refused) this.refused++;
  }
}
