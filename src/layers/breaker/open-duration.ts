import type { Failure } from '../../failures/failure.ts';
import type { BreakerOptions } from '../../options/types.ts';

/** What a circuit needs to know; a server that says it needs time is asked again after `busyDelayMs`. */
export interface CircuitOptions extends BreakerOptions {
  readonly busyDelayMs: number;
}

/** How long a circuit stays open before the next test; each failed one doubles it. */
export function openDurationMs(
  options: CircuitOptions,
  cause: Failure | undefined,
  failedTests: number,
): number {
  const durationMs = Math.min(options.maxOpenDurationMs, options.openDurationMs * 2 ** failedTests);
  // A server that answers that it is loading or busy is there, and a PING costs it nothing.
  const answers = cause?.verdict.retry === 'when-server-recovers';
  return spread(answers ? Math.min(options.busyDelayMs, durationMs) : durationMs);
}

/** Keeps the clients of one server from testing it all at once. */
export function spread(ms: number): number {
  return ms * (0.8 + 0.4 * Math.random());
}
